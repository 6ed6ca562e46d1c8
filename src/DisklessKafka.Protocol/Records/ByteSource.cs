using System.Buffers;
using System.Runtime.CompilerServices;
using DisklessKafka.Protocol.Records.Codecs;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// The records of a batch as one run of bytes, whether they lie in one piece, in several, or come out of a decompressor
/// chunk by chunk. Nothing is copied and nothing allocated.
/// </summary>
internal ref struct ByteSource
{
    private readonly Decompressor? _decompressor;
    private ReadOnlySequence<byte>.Enumerator _segments;
    private ReadOnlySpan<byte> _chunk;
    private int _position;
    private long _consumedBefore;

    public ByteSource(scoped in ReadOnlySequence<byte> bytes)
    {
        _segments = bytes.GetEnumerator();
        MoveToNextChunk();
    }

    /// <param name="decompressor">Borrowed; its status tells a failed read from a source that ended.</param>
    public ByteSource(Decompressor decompressor)
    {
        _decompressor = decompressor;
        MoveToNextChunk();
    }

    public readonly long Consumed => _consumedBefore + _position;

    /// <summary>True if no byte is left; it may take decompressing to know.</summary>
    public bool IsAtEnd => _position == _chunk.Length && !MoveToNextChunk();

    public bool TryReadVarint(out int value)
    {
        var isRead = TryReadVarlong(out var wide);
        value = (int)wide;
        return isRead && value == wide;
    }

    public bool TryReadVarlong(out long value) => Varint.TryRead(_chunk, ref _position, out value) || TryReadSplit(out value);

    public bool TryReadByte(out byte value)
    {
        if (IsAtEnd)
        {
            value = 0;
            return false;
        }
        value = _chunk[_position++];
        return true;
    }

    public bool TrySkip(int count)
    {
        while (count > 0)
        {
            if (IsAtEnd) return false;
            var part = Math.Min(count, _chunk.Length - _position);
            _position += part;
            count -= part;
        }
        return true;
    }

    /// <summary>The next <paramref name="count"/> bytes, if they lie in one piece; else nothing is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > _chunk.Length - _position)
        {
            bytes = default;
            return false;
        }
        bytes = _chunk.Slice(_position, count);
        _position += count;
        return true;
    }

    /// <summary>
    /// The next <paramref name="count"/> bytes in one piece: a slice of the chunk, or a copy in <paramref name="scratch"/>
    /// where they span chunks. The scratch grows with the bytes that are really there, never by the claim of a length.
    /// </summary>
    /// <returns>False if fewer are left. The bytes stay valid until the next read.</returns>
    public bool TryReadBytes(int count, ArrayBufferWriter<byte> scratch, out ReadOnlySpan<byte> bytes)
    {
        if (TryTake(count, out bytes)) return true;
        scratch.ResetWrittenCount();
        while (count > 0)
        {
            if (IsAtEnd)
            {
                bytes = default;
                return false;
            }
            var part = _chunk.Slice(_position, Math.Min(count, _chunk.Length - _position));
            scratch.Write(part);
            _position += part.Length;
            count -= part.Length;
        }
        bytes = scratch.WrittenSpan;
        return true;
    }

    // The number spans chunks, is malformed, or is cut off: byte by byte tells which.
    private bool TryReadSplit(out long value)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxLongBytes];
        for (var length = 0; length < bytes.Length;)
        {
            if (!TryReadByte(out bytes[length])) break;
            if (bytes[length++] < 0x80) return Varint.TryRead(bytes[..length], out value) != 0;
        }
        value = 0;
        return false;
    }

    private bool MoveToNextChunk()
    {
        do
        {
            _consumedBefore += _chunk.Length;
            _position = 0;
            if (_decompressor is not null)
            {
                _chunk = _decompressor.Next();
                return !_chunk.IsEmpty;
            }
            if (!_segments.MoveNext())
            {
                _chunk = default;
                return false;
            }
            _chunk = _segments.Current.Span;
        }
        while (_chunk.IsEmpty);
        return true;
    }
}
