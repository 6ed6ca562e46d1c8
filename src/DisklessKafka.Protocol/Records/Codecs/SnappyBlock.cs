using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// One block of snappy: the length of its content, then literals and copies of what was already written.
/// The format is small enough to need no library, and decodes into memory that the caller has bounded.
/// </summary>
internal static class SnappyBlock
{
    // Copies are found within fragments of this size, so that offsets fit two bytes.
    private const int FragmentBytes = 1 << 16;
    private const int HashBits = 14;
    private const int MinMatch = 4;
    private const int MaxCopy = 64;

    /// <summary>No element yields more than this per byte of itself: three bytes copy at most 64.</summary>
    private const int MaxExpansion = 22;

    /// <summary>Reads what the block says its content measures.</summary>
    /// <returns>False if it says nothing readable, or more than a block of this size can hold.</returns>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length, out int prefixBytes)
    {
        var value = 0UL;
        length = prefixBytes = 0;
        for (; prefixBytes < block.Length && prefixBytes < 5; prefixBytes++)
        {
            value |= (ulong)(block[prefixBytes] & 0x7F) << (7 * prefixBytes);
            if (block[prefixBytes] > 0x7F) continue;
            prefixBytes++;
            length = value <= int.MaxValue ? (int)value : -1;
            return length >= 0 && length <= (long)block.Length * MaxExpansion;
        }
        return false;
    }

    /// <summary>Decodes the elements behind the length into <paramref name="destination"/>, which has that length.</summary>
    /// <returns>False if they are malformed, or do not fill it exactly.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> elements, Span<byte> destination)
    {
        int at = 0, written = 0;
        while (at < elements.Length)
        {
            int tag = elements[at++], length, offset;
            var extra = ExtraBytes(tag);
            if (elements.Length - at < extra) return false;
            var operand = ReadLittleEndian(elements.Slice(at, extra));
            at += extra;
            switch (tag & 3)
            {
                case 0:
                    var literal = (tag >> 2) < 60 ? (uint)(tag >> 2) : operand;
                    if (literal >= elements.Length - at || literal >= destination.Length - written) return false;
                    length = (int)literal + 1;
                    elements.Slice(at, length).CopyTo(destination[written..]);
                    at += length;
                    written += length;
                    continue;
                case 1:
                    length = ((tag >> 2) & 7) + MinMatch;
                    offset = ((tag >> 5) << 8) | (int)operand;
                    break;
                default:
                    length = (tag >> 2) + 1;
                    offset = (int)Math.Min(operand, int.MaxValue);
                    break;
            }
            if (offset == 0 || offset > written || length > destination.Length - written) return false;
            CopyWithin(destination, written, offset, length);
            written += length;
        }
        return written == destination.Length;
    }

    /// <summary>Room that <see cref="Encode"/> may need for <paramref name="sourceBytes"/> bytes that do not compress.</summary>
    public static int MaxEncodedBytes(int sourceBytes) => checked(32 + sourceBytes + (sourceBytes / 6));

    /// <returns>Bytes written.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var written = 0;
        var length = (uint)source.Length;
        for (; length > 0x7F; length >>= 7) destination[written++] = (byte)(length | 0x80);
        destination[written++] = (byte)length;
        var table = new ushort[1 << HashBits];
        while (!source.IsEmpty)
        {
            var fragment = source[..Math.Min(source.Length, FragmentBytes)];
            written += EncodeFragment(fragment, destination[written..], table);
            source = source[fragment.Length..];
            Array.Clear(table);
        }
        return written;
    }

    private static int EncodeFragment(ReadOnlySpan<byte> source, Span<byte> destination, ushort[] table)
    {
        int written = 0, literalStart = 0, at = 1;
        while (at <= source.Length - MinMatch)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref var slot = ref table[(word * 0x9E3779B1) >> (32 - HashBits)];
            int candidate = slot;
            slot = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                at += 1 + ((at - literalStart) >> 5); // the longer nothing matches, the larger the steps
                continue;
            }
            written += WriteLiteral(source[literalStart..at], destination[written..]);
            var length = MinMatch + source[(at + MinMatch)..].CommonPrefixLength(source[(candidate + MinMatch)..]);
            written += WriteCopy(at - candidate, length, destination[written..]);
            at += length;
            literalStart = at;
        }
        return written + WriteLiteral(source[literalStart..], destination[written..]);
    }

    private static int WriteLiteral(ReadOnlySpan<byte> literal, Span<byte> destination)
    {
        if (literal.IsEmpty) return 0;
        var last = literal.Length - 1; // below 2^16, since a fragment is no longer
        var written = 1;
        if (last < 60)
        {
            destination[0] = (byte)(last << 2);
        }
        else
        {
            destination[0] = (byte)((last < 256 ? 60 : 61) << 2);
            destination[written++] = (byte)last;
            if (last >= 256) destination[written++] = (byte)(last >> 8);
        }
        literal.CopyTo(destination[written..]);
        return written + literal.Length;
    }

    private static int WriteCopy(int offset, int length, Span<byte> destination)
    {
        var written = 0;
        for (; length > MaxCopy; length -= MaxCopy) written += WriteCopyElement(offset, MaxCopy, destination[written..]);
        return written + WriteCopyElement(offset, length, destination[written..]);
    }

    private static int WriteCopyElement(int offset, int length, Span<byte> destination)
    {
        if (length is >= MinMatch and < MinMatch + 8 && offset < 1 << 11)
        {
            destination[0] = (byte)(((offset >> 8) << 5) | ((length - MinMatch) << 2) | 1);
            destination[1] = (byte)offset;
            return 2;
        }
        destination[0] = (byte)(((length - 1) << 2) | 2);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[1..], (ushort)offset);
        return 3;
    }

    private static int ExtraBytes(int tag) => (tag & 3) switch
    {
        0 => Math.Max(0, (tag >> 2) - 59),
        1 => 1,
        2 => 2,
        _ => 4,
    };

    private static uint ReadLittleEndian(ReadOnlySpan<byte> bytes)
    {
        var value = 0u;
        for (var i = 0; i < bytes.Length; i++) value |= (uint)bytes[i] << (8 * i);
        return value;
    }

    // A copy may overlap what it writes: its source then repeats, in pieces that double.
    private static void CopyWithin(Span<byte> bytes, int position, int offset, int length)
    {
        var from = position - offset;
        for (var left = length; left > 0;)
        {
            var part = Math.Min(left, position - from);
            bytes.Slice(from, part).CopyTo(bytes[position..]);
            position += part;
            left -= part;
        }
    }
}
