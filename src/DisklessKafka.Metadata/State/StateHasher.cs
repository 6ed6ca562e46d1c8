using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// 64-bit fingerprints of the state's parts. Parts are summed (modulo 2^64), so neither the order of a dictionary nor
/// the order of changes matters, and a part can be taken out again. It finds divergence, not malice.
/// </summary>
internal static class StateHasher
{
    public static ulong Of(ulong value) => Mix(0x9E3779B97F4A7C15, value);

    /// <summary>Folds one more value in; the order of values counts. The finaliser is that of SplitMix64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, ulong value)
    {
        var x = (hash ^ value) + 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, long value) => Mix(hash, (ulong)value);

    public static ulong Mix(ulong hash, string text)
    {
        hash = Mix(hash, (ulong)text.Length);
        foreach (var unit in text) hash = Mix(hash, (ulong)unit);
        return hash;
    }

    public static ulong Mix(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = Mix(hash, (ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) hash = Mix(hash, (ulong)value);
        return hash;
    }

    public static ulong Mix(ulong hash, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }

    public static ulong Of(ulong seed, in Extent extent)
    {
        var hash = Fold(Fold(seed, extent.BaseOffset), extent.MaxTimestampMs);
        hash = Fold(Fold(hash, extent.SegmentSequence), (long)extent.SegmentSession << 32 | (uint)extent.OffsetCount);
        return Of(Fold(hash, (long)extent.Position << 32 | (uint)extent.Length));
    }

    /// <summary>A third of the work of <see cref="Mix(ulong, ulong)"/>, for hot paths: good enough inside, if the result goes through <see cref="Of(ulong)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong hash, long value) => BitOperations.RotateLeft((hash ^ (ulong)value) * 0x9E3779B97F4A7C15, 29);
}
