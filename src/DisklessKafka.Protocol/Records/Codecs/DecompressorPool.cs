using System.Buffers;
using System.Collections.Concurrent;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Decompressors that wait to be used again: a zstd or lz4 context takes longer to make than a small batch to decompress.
/// Keeps at most as many of each codec as there are processors, since none is held across an await.
/// </summary>
internal sealed class DecompressorPool
{
    private readonly ConcurrentQueue<Decompressor>[] _idle = [new(), new(), new(), new(), new()];

    /// <summary>Shared like an array pool: which instance one gets can change nothing but speed.</summary>
    public static DecompressorPool Shared { get; } = new();

    /// <param name="codec">Any but <see cref="CompressionCodec.None"/>.</param>
    /// <param name="input">Borrowed until the decompressor is disposed.</param>
    /// <exception cref="CompressionUnavailableException">The codec's native library is missing.</exception>
    public Decompressor Rent(CompressionCodec codec, in ReadOnlySequence<byte> input, DecompressionLimits limits)
    {
        if (!_idle[(int)codec].TryDequeue(out var decompressor)) decompressor = Create(codec);
        if (decompressor is ZstdDecompressor zstd) zstd.MaxWindowLog = limits.MaxZstdWindowLog;
        decompressor.Start(input, limits.MaxOutputBytes(input.Length), this);
        return decompressor;
    }

    public void Return(Decompressor decompressor)
    {
        var queue = _idle[(int)decompressor.Codec];
        if (decompressor.IsReusable && queue.Count < Environment.ProcessorCount) queue.Enqueue(decompressor);
        else decompressor.Destroy();
    }

    private static Decompressor Create(CompressionCodec codec) => codec switch
    {
        CompressionCodec.Gzip => new GzipDecompressor(),
        CompressionCodec.Snappy => new SnappyDecompressor(),
        CompressionCodec.Lz4 => new Lz4Decompressor(),
        CompressionCodec.Zstd => new ZstdDecompressor(),
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "nothing to decompress"),
    };
}
