using System.Numerics;
using System.Runtime.InteropServices;

namespace DisklessKafka.Agent;

/// <summary>
/// A generator of its own for one part of an agent (xoshiro256**), begun with 256 bits drawn from another. The framework's
/// seeds have 31 bits: after some ten thousand sessions two of them would likely be called the same, and write the same objects.
/// Not for several threads at once.
/// </summary>
public sealed class ForkedRandom : Random
{
    private ulong _s0, _s1, _s2, _s3;

    /// <param name="parent">Drawn from once. With a seed, everything that follows is repeatable; from the system's randomness, unique.</param>
    public ForkedRandom(Random parent) : base(0)
    {
        Span<ulong> seed = stackalloc ulong[4];
        parent.NextBytes(MemoryMarshal.AsBytes(seed));
        (_s0, _s1, _s2, _s3) = (seed[0], seed[1], seed[2], seed[3] | 1); // never all zero, which would stay so
    }

    public override int Next() => (int)Below(int.MaxValue);

    public override int Next(int maxValue) => (int)Below((ulong)maxValue);

    public override int Next(int minValue, int maxValue) => (int)(minValue + (long)Below((ulong)((long)maxValue - minValue)));

    public override long NextInt64() => (long)Below(long.MaxValue);

    public override long NextInt64(long maxValue) => (long)Below((ulong)maxValue);

    public override long NextInt64(long minValue, long maxValue) => minValue + (long)Below((ulong)(maxValue - minValue));

    public override float NextSingle() => (NextBits() >> 40) * (1.0f / (1 << 24));

    public override double NextDouble() => Sample();

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var bits = NextBits();
            var bytes = MemoryMarshal.AsBytes(new Span<ulong>(ref bits));
            var count = Math.Min(bytes.Length, buffer.Length);
            bytes[..count].CopyTo(buffer);
            buffer = buffer[count..];
        }
    }

    protected override double Sample() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 for a limit of 0; even to one part in 2^64 / limit.</summary>
    private ulong Below(ulong limit) => Math.BigMul(NextBits(), limit, out _);

    private ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }
}
