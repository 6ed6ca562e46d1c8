using System.Buffers;
using System.Runtime.InteropServices;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// Writes everything of a segment but the batches' bytes, which the writer sends from where they are. The object is
/// <see cref="SegmentFormat.Header"/>, the batches in the order they were added, and what <see cref="WriteTo"/> writes.
/// Not safe for concurrent use.
/// </summary>
public sealed class SegmentIndexBuilder(SegmentId id)
{
    private readonly List<SegmentExtent> _extents = [];
    private readonly List<IdempotentBatch> _idempotent = [];

    /// <summary>Where the next batch's first byte lies, from the object's start.</summary>
    public long Position { get; private set; } = SegmentFormat.HeaderBytes;

    /// <summary>The extents so far; valid until the next batch is added.</summary>
    public ReadOnlySpan<SegmentExtent> Extents => CollectionsMarshal.AsSpan(_extents);

    /// <summary>
    /// Places the next batch. One of the same partition as the last one continues its extent; so batches ordered by
    /// partition give each partition one extent, and those ordered by topic the smallest index.
    /// </summary>
    public void Add(TopicId topic, int partition, in BatchHeader batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        if (batch.LastOffsetDelta < 0 || (batch.HasProducerId && (batch.ProducerEpoch < 0 || batch.BaseSequence < 0)))
            throw new ArgumentException("the batch was not validated", nameof(batch));
        if (_extents.Count == 0 || _extents[^1].Topic != topic || _extents[^1].Partition != partition) _extents.Add(Open(topic, partition));
        ref var extent = ref CollectionsMarshal.AsSpan(_extents)[^1];
        extent = extent with
        {
            LengthBytes = extent.LengthBytes + batch.SizeBytes,
            OffsetCount = extent.OffsetCount + batch.LastOffsetDelta + 1,
            BatchCount = extent.BatchCount + 1,
            MinTimestampMs = Math.Min(extent.MinTimestampMs, batch.HasLogAppendTime ? batch.MaxTimestamp : batch.BaseTimestamp),
            MaxTimestampMs = Math.Max(extent.MaxTimestampMs, batch.MaxTimestamp),
            IdempotentCount = extent.IdempotentCount + (batch.HasProducerId ? 1 : 0),
        };
        if (batch.HasProducerId)
            _idempotent.Add(new IdempotentBatch(Position, batch.LastOffsetDelta + 1, batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, batch.IsTransactional));
        Position += batch.SizeBytes;
    }

    /// <summary>Writes the index and the footer, which end the object.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var index = new ArrayBufferWriter<byte>(256 + (_extents.Count * 32) + (_idempotent.Count * 16));
        SegmentIndexCodec.Write(index, Extents, CollectionsMarshal.AsSpan(_idempotent));
        destination.Write(index.WrittenSpan);
        var footer = new SegmentFooter(id, Position, index.WrittenCount, _extents.Count, Crc32C.Compute(index.WrittenSpan));
        footer.Write(destination.GetSpan(SegmentFooter.SizeBytes));
        destination.Advance(SegmentFooter.SizeBytes);
    }

    private SegmentExtent Open(TopicId topic, int partition) => new()
    {
        Topic = topic,
        Partition = partition,
        Position = Position,
        LengthBytes = 0,
        OffsetCount = 0,
        BatchCount = 0,
        MinTimestampMs = long.MaxValue,
        MaxTimestampMs = BatchHeader.NoTimestamp,
        FirstIdempotent = _idempotent.Count,
        IdempotentCount = 0,
    };
}
