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
    private readonly SegmentId _id = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 1);
    private readonly TopicId _topic = new(new Guid(11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private BatchHeader _header;
    private byte[] _tail = [];
    private long _objectBytes;

    [Params(100, 1000, 10_000)]
    public int Partitions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var batch = new BatchBuilder { ProducerId = 1000, ProducerEpoch = 0, BaseSequence = 123_456 }.Append(1_700_000_000_000, null, new byte[1000]).Build();
        if (!BatchHeader.TryRead(batch, out _header)) throw new InvalidOperationException("not a batch");
        Build();
        _tail = _output.WrittenSpan.ToArray();
        _objectBytes = SegmentFormat.HeaderBytes + ((long)Partitions * _header.SizeBytes) + _tail.Length;
    }

    [Benchmark]
    public int Build()
    {
        _output.ResetWrittenCount();
        var builder = new SegmentIndexBuilder(_id);
        for (var partition = 0; partition < Partitions; partition++) builder.Add(_topic, partition, _header);
        builder.WriteTo(_output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public SegmentIndex? Read() => SegmentIndex.TryRead(_tail, _objectBytes, out _);
}
