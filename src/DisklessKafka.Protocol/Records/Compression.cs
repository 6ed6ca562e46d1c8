using System.Buffers;
using DisklessKafka.Protocol.Records.Codecs;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// The five codecs of record batches, both ways. Frames are written as Kafka's own clients write them and read in every
/// form that clients send: snappy bare or in Java's framing, several gzip members, lz4 or zstd frames in a row.
/// </summary>
public static class Compression
{
    /// <summary>True if the codec is known here and its native library, where it needs one, can be loaded.</summary>
    /// <param name="problem">What is missing and how to get it, or null.</param>
    public static bool IsAvailable(CompressionCodec codec, out string? problem)
    {
        problem = codec switch
        {
            CompressionCodec.None or CompressionCodec.Gzip or CompressionCodec.Snappy => null,
            CompressionCodec.Lz4 => NativeLibraries.WhyUnavailable(NativeLibraries.Lz4),
            CompressionCodec.Zstd => NativeLibraries.WhyUnavailable(NativeLibraries.Zstd),
            _ => $"there is no compression codec {(int)codec}",
        };
        return problem is null;
    }

    /// <summary>Compresses records as one unit.</summary>
    /// <exception cref="CompressionUnavailableException">The codec's native library is missing.</exception>
    public static void Compress(CompressionCodec codec, ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        switch (codec)
        {
            case CompressionCodec.None: destination.Write(source); break;
            case CompressionCodec.Gzip: GzipCompressor.Compress(source, destination); break;
            case CompressionCodec.Snappy: SnappyFraming.Compress(source, destination); break;
            case CompressionCodec.Lz4: Lz4Compressor.Compress(source, destination); break;
            case CompressionCodec.Zstd: ZstdCompressor.Compress(source, destination); break;
            default: throw new ArgumentOutOfRangeException(nameof(codec), codec, "no such compression codec");
        }
    }

    /// <summary>Decompresses a batch's records into <paramref name="destination"/>, which on failure may hold a part of them.</summary>
    /// <exception cref="CompressionUnavailableException">The codec's native library is missing.</exception>
    public static DecompressionStatus Decompress(
        CompressionCodec codec, in ReadOnlySequence<byte> source, DecompressionLimits limits, IBufferWriter<byte> destination)
    {
        if (codec == CompressionCodec.None)
        {
            foreach (var segment in source) destination.Write(segment.Span);
            return DecompressionStatus.Ok;
        }
        using var decompressor = DecompressorPool.Shared.Rent(codec, source, limits);
        for (var chunk = decompressor.Next(); !chunk.IsEmpty; chunk = decompressor.Next()) destination.Write(chunk);
        return decompressor.Status;
    }
}
