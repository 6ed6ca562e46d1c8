using BenchmarkDotNet.Attributes;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Micro.Records;

/// <summary>The checksum over batches of usual sizes. Divide the size by the time for the rate.</summary>
public class Crc32CBenchmarks
{
    private byte[] _data = [];

    [Params(128, 1 << 10, 16 << 10, 100 << 10, 1 << 20)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _data = new byte[Size];
        new Random(1).NextBytes(_data);
    }

    [Benchmark]
    public uint Compute() => Crc32C.Compute(_data);
}
