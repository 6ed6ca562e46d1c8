using System.Buffers;
using BenchmarkDotNet.Attributes;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Micro.Segments;

/// <summary>Building and reading the index of a segment with one idempotent batch a partition.</summary>
[MemoryDiagnoser]
public class SegmentIndexBenchmarks
{
    private readonly SegmentId id = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 1);
    private readonly TopicId topic = new(new Guid(11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    private readonly ArrayBufferWriter<byte> output = new(1 << 20);
    private BatchHeader header;
    private byte[] tail = [];
    private long objectBytes;

    [Params(100, 1000, 10_000)]
    public int Partitions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var batch = new BatchBuilder { ProducerId = 1000, ProducerEpoch = 0, BaseSequence = 123_456 }.Append(1_700_000_000_000, null, new byte[1000]).Build();
        if (!BatchHeader.TryRead(batch, out header)) throw new InvalidOperationException("not a batch");
        Build();
        tail = output.WrittenSpan.ToArray();
        objectBytes = SegmentFormat.HeaderBytes + ((long)Partitions * header.SizeBytes) + tail.Length;
    }

    [Benchmark]
    public int Build()
    {
        output.ResetWrittenCount();
        var builder = new SegmentIndexBuilder(id);
        for (var partition = 0; partition < Partitions; partition++) builder.Add(topic, partition, header);
        builder.WriteTo(output);
        return output.WrittenCount;
    }

    [Benchmark]
    public SegmentIndex? Read() => SegmentIndex.TryRead(tail, objectBytes, out _);
}
