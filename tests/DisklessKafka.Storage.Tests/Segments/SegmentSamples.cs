using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Storage.Tests.Segments;

/// <summary>Segments for tests, put together as a writer does.</summary>
internal static class SegmentSamples
{
    public static readonly SegmentId Id = new(new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), 42);
    public static readonly TopicId First = new(new Guid("11111111-2222-3333-4444-555555555555"));
    public static readonly TopicId Second = new(new Guid("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"));

    /// <summary>Two topics, three partitions, six batches: plain, idempotent and transactional, one of them compressed.</summary>
    public static IReadOnlyList<(TopicId Topic, int Partition, byte[] Batch)> Batches { get; } =
    [
        (First, 0, Batch(records: 3, timestampMs: 1000)),
        (First, 0, Batch(records: 1, timestampMs: 500, producerId: 7, sequence: 0)),
        (First, 0, Batch(records: 2, timestampMs: 2000, producerId: 7, sequence: 1)),
        (First, 300, Batch(records: 10, timestampMs: 3000, codec: CompressionCodec.Gzip)),
        (Second, 0, Batch(records: 1, timestampMs: 1_700_000_000_000, producerId: 12_345_678_901, sequence: int.MaxValue, isTransactional: true)),
        (Second, 0, Batch(records: 1, timestampMs: -1)),
    ];

    public static byte[] Batch(
        int records, long timestampMs, long producerId = -1, int sequence = -1, bool isTransactional = false,
        CompressionCodec codec = CompressionCodec.None, int valueBytes = 5)
    {
        var builder = new BatchBuilder
        {
            ProducerId = producerId, ProducerEpoch = producerId < 0 ? (short)-1 : (short)3, BaseSequence = sequence,
            IsTransactional = isTransactional, Compression = codec,
        };
        for (var i = 0; i < records; i++) builder.Append(timestampMs + (timestampMs < 0 ? 0 : i), null, Value(valueBytes, i));
        return builder.Build();
    }

    /// <summary>The whole object.</summary>
    public static byte[] Build(IEnumerable<(TopicId Topic, int Partition, byte[] Batch)> batches, SegmentId? id = null)
    {
        var builder = new SegmentIndexBuilder(id ?? Id);
        var segment = new ArrayBufferWriter<byte>();
        segment.Write(SegmentFormat.Header.Span);
        foreach (var (topic, partition, batch) in batches)
        {
            if (!BatchHeader.TryRead(batch, out var header)) throw new InvalidOperationException("not a batch");
            builder.Add(topic, partition, header);
            segment.Write(batch);
        }
        builder.WriteTo(segment);
        return segment.WrittenSpan.ToArray();
    }

    public static async Task<MemoryObjectStore> StoreAsync(byte[] segment, SegmentId? id = null)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync((id ?? Id).ObjectKey, new ReadOnlySequence<byte>(segment), CancellationToken.None);
        return store;
    }

    private static byte[] Value(int length, int seed)
    {
        var value = new byte[length];
        for (var i = 0; i < length; i++) value[i] = (byte)((seed * 31) + (i * 7));
        return value;
    }
}
