using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DisklessKafka.Cli;

/// <summary>
/// The operating system's randomness as a <see cref="Random"/>. Session and topic ids come from it: a seeded generator has
/// too few beginnings for ids that must never meet. Any thread may use it.
/// </summary>
internal sealed class SystemRandom() : Random(0)
{
    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => maxValue <= 0 ? 0 : RandomNumberGenerator.GetInt32(maxValue);

    public override int Next(int minValue, int maxValue) => maxValue <= minValue ? minValue : RandomNumberGenerator.GetInt32(minValue, maxValue);

    public override long NextInt64() => NextInt64(long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        var range = (ulong)(maxValue - minValue);
        return range == 0 ? minValue : minValue + (long)(UInt128.CreateTruncating(NextBits()) * range >> 64);
    }

    public override float NextSingle() => (float)Sample();

    public override double NextDouble() => Sample();

    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    protected override double Sample() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    private static ulong NextBits()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
