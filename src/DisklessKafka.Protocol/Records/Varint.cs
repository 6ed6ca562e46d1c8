using System.Numerics;

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
    public static int TryRead(ReadOnlySpan<byte> source, out long value)
    {
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

    private static ulong Encode(long value) => (ulong)(value << 1) ^ (ulong)(value >> 63);
}
