using System.Buffers;
using System.IO.Compression;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>gzip members. The framework's stream cannot start over, so only the buffer is pooled.</summary>
internal sealed class GzipDecompressor : Decompressor
{
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private GZipStream? _stream;

    public override CompressionCodec Codec => CompressionCodec.Gzip;

    protected override void Begin(in ReadOnlySequence<byte> input) =>
        _stream = new GZipStream(new PaddedInputStream(input), CompressionMode.Decompress);

    protected override ReadOnlySpan<byte> Produce(long limit)
    {
        try
        {
            return _chunk.AsSpan(0, _stream!.Read(_chunk));
        }
        catch (InvalidDataException) // how the framework says that the bytes are not gzip's
        {
            Fail(DecompressionStatus.Corrupt);
            return default;
        }
    }

    protected override void End()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
