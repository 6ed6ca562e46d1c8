using System.Buffers;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Compressed input for the framework's gzip decoder. That decoder takes an input that ends too early for a complete one,
/// so 0xFF bytes follow it. A complete member ignores them; an incomplete one runs into an invalid block, a wrong checksum
/// or a length of 2^32-1, or yields bytes behind the last record, and is found out. Enough of them follow to fill the
/// longest stored block twice; not more, since a header's name would swallow any number.
/// </summary>
internal sealed class PaddedInputStream(ReadOnlySequence<byte> bytes) : Stream
{
    private ReadOnlySequence<byte> _bytes = bytes;
    private int _paddingLeft = 128 << 10;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var part = _bytes.Slice(0, Math.Min(_bytes.Length, buffer.Length));
        part.CopyTo(buffer);
        _bytes = _bytes.Slice(part.End);
        if (part.Length > 0) return (int)part.Length;
        var padding = buffer[..Math.Min(buffer.Length, _paddingLeft)];
        padding.Fill(0xFF);
        _paddingLeft -= padding.Length;
        return padding.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
