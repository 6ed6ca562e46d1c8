using System.Buffers;
using System.Buffers.Binary;

namespace DisklessKafka.Protocol;

/// <summary>Cuts a stream of bytes into frames: four bytes of length, big-endian, and the message.</summary>
public static class FrameReader
{
    public const int LengthBytes = sizeof(int);

    /// <summary>The next frame's length in bytes, as soon as its four bytes are there: before memory is taken for it.</summary>
    /// <exception cref="WireFormatException">The length is negative or above the limit; the stream cannot be trusted any more.</exception>
    public static bool TryReadLength(in ReadOnlySequence<byte> buffer, int maxFrameBytes, out int length)
    {
        length = 0;
        if (buffer.Length < LengthBytes) return false;
        Span<byte> bytes = stackalloc byte[LengthBytes];
        buffer.Slice(0, LengthBytes).CopyTo(bytes);
        length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (length < 0 || length > maxFrameBytes) throw new WireFormatException($"A frame of {length} bytes; the limit is {maxFrameBytes}.");
        return true;
    }

    /// <summary>Takes the next whole frame off the buffer's front, borrowed; false while it is incomplete.</summary>
    /// <inheritdoc cref="TryReadLength" path="/exception"/>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxFrameBytes, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (!TryReadLength(buffer, maxFrameBytes, out var length) || buffer.Length - LengthBytes < length) return false;
        frame = buffer.Slice(LengthBytes, length);
        buffer = buffer.Slice(frame.End);
        return true;
    }
}
