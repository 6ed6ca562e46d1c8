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

    private readonly byte[] _header = new byte[BatchHeader.HeaderBytes];
    private byte[] _value = [];
    private byte[] _batch = [];
    private ReadOnlySequence<byte> _sequence;

    [Params(100)]
    public int Records { get; set; }

    [Params(100, 1024)]
    public int ValueBytes { get; set; }

    [Params(CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd)]
    public CompressionCodec Codec { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _value = new byte[ValueBytes];
        _batch = Build();
        _batch.AsSpan(0, _header.Length).CopyTo(_header);
        _sequence = new ReadOnlySequence<byte>(_batch);
    }

    [Benchmark]
    public uint Checksum() => Crc32C.Compute(_batch.AsSpan(BatchHeader.CrcCoversFrom));

    [Benchmark]
    public BatchStatus CheckBatch() => BatchValidator.CheckBatch(_sequence, Rules, Context, out _);

    [Benchmark]
    public BatchStatus Validate() => BatchValidator.Validate(_sequence, Rules, Context, out _);

    [Benchmark]
    public byte[] Build()
    {
        var random = new Random(1);
        var builder = new BatchBuilder { Compression = Codec };
        for (var i = 0; i < Records; i++)
        {
            random.NextBytes(_value);
            builder.Append(1_700_000_000_000 + i, null, _value);
        }
        return builder.Build();
    }

    [Benchmark]
    public void StampLogAppendTime() => BatchPatch.SetLogAppendTime(_header, 1_700_000_000_000);
}
