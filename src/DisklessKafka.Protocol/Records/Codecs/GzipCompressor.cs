using System.Buffers;
using System.IO.Compression;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>One gzip member.</summary>
internal static class GzipCompressor
{
    public static void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(source);
        destination.Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
    }
}
