using System.Buffers;
using System.IO.Compression;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>gzip members. The framework's stream cannot start over, so only the buffer is pooled.</summary>
internal sealed class GzipDecompressor : Decompressor
{
    private readonly byte[] chunk = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private GZipStream? stream;

    public override CompressionCodec Codec => CompressionCodec.Gzip;

    protected override void Begin(in ReadOnlySequence<byte> input) =>
        stream = new GZipStream(new PaddedInputStream(input), CompressionMode.Decompress);

    protected override ReadOnlySpan<byte> Produce(long limit)
    {
        try
        {
            return chunk.AsSpan(0, stream!.Read(chunk));
        }
        catch (InvalidDataException) // how the framework says that the bytes are not gzip's
        {
            Fail(DecompressionStatus.Corrupt);
            return default;
        }
    }

    protected override void End()
    {
        stream?.Dispose();
        stream = null;
    }
}
