using System.Buffers;
using BenchmarkDotNet.Attributes;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Micro.Records;

/// <summary>What a produced batch costs: checksum alone, header level, and all checks; and what building one costs.</summary>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private static readonly BatchRules Rules = new() { MaxMessageBytes = 16 << 20 };
    private static readonly BatchContext Context = new(1_700_000_000_000, 9, false);

    private readonly byte[] header = new byte[BatchHeader.HeaderBytes];
    private byte[] value = [];
    private byte[] batch = [];
    private ReadOnlySequence<byte> sequence;

    [Params(100)]
    public int Records { get; set; }

    [Params(100, 1024)]
    public int ValueBytes { get; set; }

    [Params(CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd)]
    public CompressionCodec Codec { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        value = new byte[ValueBytes];
        batch = Build();
        batch.AsSpan(0, header.Length).CopyTo(header);
        sequence = new ReadOnlySequence<byte>(batch);
    }

    [Benchmark]
    public uint Checksum() => Crc32C.Compute(batch.AsSpan(BatchHeader.CrcCoversFrom));

    [Benchmark]
    public BatchStatus CheckBatch() => BatchValidator.CheckBatch(sequence, Rules, Context, out _);

    [Benchmark]
    public BatchStatus Validate() => BatchValidator.Validate(sequence, Rules, Context, out _);

    [Benchmark]
    public byte[] Build()
    {
        var random = new Random(1);
        var builder = new BatchBuilder { Compression = Codec };
        for (var i = 0; i < Records; i++)
        {
            random.NextBytes(value);
            builder.Append(1_700_000_000_000 + i, null, value);
        }
        return builder.Build();
    }

    [Benchmark]
    public void StampLogAppendTime() => BatchPatch.SetLogAppendTime(header, 1_700_000_000_000);
}
