using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// CRC-32C by carry-less multiplication, four 512-bit registers at a time. A register holds 64 bytes of the message;
/// multiplying it by the right power of x moves it over the bytes between it and the next ones to be read, where it can
/// be added to them. What is left at the end is a short message with the same checksum.
/// </summary>
internal static class Crc32CFolding
{
    /// <summary>Bytes that one step consumes.</summary>
    public const int BlockBytes = 4 * RegisterBytes;

    private const int RegisterBytes = 64, LaneBytes = 16;

    private static readonly Vector128<ulong> OverBlock = KeyFor(BlockBytes);
    private static readonly Vector128<ulong> OverRegister = KeyFor(RegisterBytes);
    private static readonly Vector128<ulong> OverLane = KeyFor(LaneBytes);

    public static bool IsSupported => Pclmulqdq.V512.IsSupported && Sse42.X64.IsSupported;

    /// <summary>Runs the CRC register over whole blocks.</summary>
    /// <param name="blocks">At least 1.</param>
    public static uint Update(uint state, ref byte start, int blocks)
    {
        var a = Load(ref start, 0) ^ Vector512.CreateScalar((ulong)state);
        Vector512<ulong> b = Load(ref start, 1), c = Load(ref start, 2), d = Load(ref start, 3);
        var key = Vector512.Create(Vector256.Create(OverBlock, OverBlock), Vector256.Create(OverBlock, OverBlock));
        for (var block = 1; block < blocks; block++)
        {
            start = ref Unsafe.Add(ref start, BlockBytes);
            a = Move(a, key) ^ Load(ref start, 0);
            b = Move(b, key) ^ Load(ref start, 1);
            c = Move(c, key) ^ Load(ref start, 2);
            d = Move(d, key) ^ Load(ref start, 3);
        }
        key = Vector512.Create(Vector256.Create(OverRegister, OverRegister), Vector256.Create(OverRegister, OverRegister));
        return Reduce(Move(Move(Move(a, key) ^ b, key) ^ c, key) ^ d);
    }

    private static uint Reduce(Vector512<ulong> register)
    {
        var lane = register.GetLower().GetLower();
        lane = Move(lane, OverLane) ^ register.GetLower().GetUpper();
        lane = Move(lane, OverLane) ^ register.GetUpper().GetLower();
        lane = Move(lane, OverLane) ^ register.GetUpper().GetUpper();
        return (uint)Sse42.X64.Crc32(Sse42.X64.Crc32(0, lane[0]), lane[1]);
    }

    // The lower and the upper half of each lane lie 64 bits apart, so they move by different distances.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Move(Vector512<ulong> register, Vector512<ulong> key) =>
        Pclmulqdq.V512.CarrylessMultiply(register, key, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(register, key, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Move(Vector128<ulong> lane, Vector128<ulong> key) =>
        Pclmulqdq.CarrylessMultiply(lane, key, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, key, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte start, int register) =>
        Vector512.LoadUnsafe(ref start, (nuint)(register * RegisterBytes)).AsUInt64();

    // A product of two bit-reversed numbers comes out one bit low, hence the shift; 32 bits of it are the remainder's.
    private static Vector128<ulong> KeyFor(int bytes) => Vector128.Create(
        (ulong)Crc32CPolynomial.PowerOfX(bytes + sizeof(uint)) << 1,
        (ulong)Crc32CPolynomial.PowerOfX(bytes - sizeof(uint)) << 1);
}
