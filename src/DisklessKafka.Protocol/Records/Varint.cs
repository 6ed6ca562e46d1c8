using System.Numerics;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Protocol.Records;

/// <summary>Zigzag variable-length integers, as records use them: seven bits a byte, lowest first.</summary>
internal static class Varint
{
    public const int MaxIntBytes = 5;
    public const int MaxLongBytes = 10;

    public static int SizeOf(long value) => (BitOperations.Log2(Encode(value) | 1) / 7) + 1;

    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, long value)
    {
        var left = Encode(value);
        var position = 0;
        for (; left > 0x7F; left >>= 7) destination[position++] = (byte)(left | 0x80);
        destination[position++] = (byte)left;
        return position;
    }

    /// <returns>Bytes read; 0 if the bytes end first, the number is longer than ten bytes, or it does not fit 64 bits.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int TryRead(ReadOnlySpan<byte> source, out long value)
    {
        if (source.Length >= 2 && source[1] < 0x80 && source[0] > 0x7F)
        {
            var pair = (source[0] & 0x7Fu) | ((uint)source[1] << 7);
            value = (int)(pair >> 1) ^ -(int)(pair & 1);
            return 2;
        }
        var bits = 0UL;
        for (var position = 0; position < source.Length && position < MaxLongBytes; position++)
        {
            var next = source[position];
            if (position == MaxLongBytes - 1 && next > 1) break;
            bits |= (ulong)(next & 0x7F) << (7 * position);
            if (next > 0x7F) continue;
            value = (long)(bits >> 1) ^ -(long)(bits & 1);
            return position + 1;
        }
        value = 0;
        return 0;
    }

    /// <summary>Reads at <paramref name="position"/>, which lies within the bytes or at their end, and moves it.</summary>
    /// <returns>False if the bytes end first or the number is malformed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out long value)
    {
        // Inlined, so that the position stays in a register; most numbers in records take one byte.
        if ((uint)position < (uint)source.Length && source[position] < 0x80)
        {
            uint single = source[position++];
            value = (int)(single >> 1) ^ -(int)(single & 1);
            return true;
        }
        var length = TryRead(source[position..], out var longer);
        value = longer;
        position += length;
        return length != 0;
    }

    private static ulong Encode(long value) => (ulong)(value << 1) ^ (ulong)(value >> 63);
}
