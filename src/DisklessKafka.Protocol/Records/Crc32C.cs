using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches, with the processor's own instruction where it has one.
/// The instruction gives a result every cycle but takes three to do it, so long inputs run as three interleaved streams.
/// </summary>
public static class Crc32C
{
    // One stripe of each of the three streams. Long enough that joining the streams (eight table look-ups) does not show,
    // short enough that a few-kilobyte batch still profits.
    private const int StripeBytes = 512;

    private static readonly uint[] StripeShift = BuildShiftTable(StripeBytes);

    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(in ReadOnlySequence<byte> data) => Append(0, data);

    /// <summary>The checksum of what <paramref name="crc"/> is the checksum of, followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) => ~Update(~crc, data);

    /// <summary>The checksum of what <paramref name="crc"/> is the checksum of, followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, in ReadOnlySequence<byte> data)
    {
        if (data.IsSingleSegment) return Append(crc, data.FirstSpan);
        var state = ~crc;
        foreach (var segment in data) state = Update(state, segment.Span);
        return ~state;
    }

    /// <summary>
    /// The checksum of a message of which only one part changed. A CRC is linear: what changes is the CRC of the difference,
    /// moved over the bytes behind it, so those bytes need not be read.
    /// </summary>
    /// <param name="crc">The checksum of the message before the change.</param>
    /// <param name="before">The part as it was.</param>
    /// <param name="after">The part as it is now, of the same length.</param>
    /// <param name="bytesBehind">How many bytes follow the part.</param>
    public static uint Replace(uint crc, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, long bytesBehind)
    {
        if (before.Length != after.Length) throw new ArgumentException("the part must keep its length", nameof(after));
        return crc ^ Crc32CPolynomial.Shift(Update(0, before) ^ Update(0, after), bytesBehind);
    }

    private static uint Update(uint state, ReadOnlySpan<byte> data)
    {
        ref var at = ref MemoryMarshal.GetReference(data);
        var left = data.Length;
        if (Crc32CFolding.IsSupported && left >= Crc32CFolding.BlockBytes)
        {
            var blocks = left / Crc32CFolding.BlockBytes;
            state = Crc32CFolding.Update(state, ref at, blocks);
            at = ref Unsafe.Add(ref at, blocks * Crc32CFolding.BlockBytes);
            left -= blocks * Crc32CFolding.BlockBytes;
        }
        for (; left >= 3 * StripeBytes; left -= 3 * StripeBytes)
        {
            state = UpdateThreeStripes(state, ref at);
            at = ref Unsafe.Add(ref at, 3 * StripeBytes);
        }
        for (; left >= sizeof(ulong); left -= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, LoadWord(ref at, 0));
            at = ref Unsafe.Add(ref at, sizeof(ulong));
        }
        for (; left > 0; left--)
        {
            state = BitOperations.Crc32C(state, at);
            at = ref Unsafe.Add(ref at, 1);
        }
        return state;
    }

    private static uint UpdateThreeStripes(uint state, ref byte start)
    {
        uint first = state, second = 0, third = 0;
        for (var i = 0; i < StripeBytes; i += sizeof(ulong))
        {
            first = BitOperations.Crc32C(first, LoadWord(ref start, i));
            second = BitOperations.Crc32C(second, LoadWord(ref start, i + StripeBytes));
            third = BitOperations.Crc32C(third, LoadWord(ref start, i + 2 * StripeBytes));
        }
        return ShiftStripe(ShiftStripe(first) ^ second) ^ third;
    }

    // The instruction consumes a word's lowest byte first, so a big-endian machine swaps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LoadWord(ref byte start, int offset)
    {
        var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
        return BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ShiftStripe(uint state)
    {
        ref var table = ref MemoryMarshal.GetArrayDataReference(StripeShift);
        return Unsafe.Add(ref table, (int)(state & 0xFF))
             ^ Unsafe.Add(ref table, 256 + (int)((state >> 8) & 0xFF))
             ^ Unsafe.Add(ref table, 512 + (int)((state >> 16) & 0xFF))
             ^ Unsafe.Add(ref table, 768 + (int)(state >> 24));
    }

    private static uint[] BuildShiftTable(int bytes)
    {
        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
            table[i] = Crc32CPolynomial.Shift((uint)(i & 0xFF) << (8 * (i >> 8)), bytes);
        return table;
    }
}
