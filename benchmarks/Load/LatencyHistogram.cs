using System.Numerics;

namespace DisklessKafka.Load;

/// <summary>
/// Counts durations in buckets whose width grows with the value: each is known to within 1/64 (1.6%), from a microsecond to
/// an hour, in fixed memory. Any thread may record; reading while others record gives a mixture.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 6; // 64 buckets for each power of two
    private const int SubBuckets = 1 << SubBits;
    private readonly long[] _counts = new long[(33 - SubBits) * SubBuckets];
    private long _largest;

    public long Count => _counts.Sum();

    public void Record(TimeSpan duration)
    {
        var micros = Math.Clamp((long)duration.TotalMicroseconds, 0, uint.MaxValue);
        Interlocked.Increment(ref _counts[Bucket((uint)micros)]);
        for (var seen = Volatile.Read(ref _largest); micros > seen; seen = Volatile.Read(ref _largest))
        {
            if (Interlocked.CompareExchange(ref _largest, micros, seen) == seen)
                break;
        }
    }

    /// <summary>The smallest duration that at least this share of all recorded ones does not exceed, rounded up to its bucket's end.</summary>
    /// <param name="share">From 0 to 1.</param>
    public TimeSpan Quantile(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted)
                return TimeSpan.FromMicroseconds(Math.Min(LargestOf(bucket), _largest));
        }

        return TimeSpan.Zero;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        _largest = 0;
    }

    /// <summary>Values below 64 have a bucket each; above, the leading bit picks the row and the six bits behind it the bucket.</summary>
    private static int Bucket(uint value)
    {
        var row = Math.Max(0, 32 - BitOperations.LeadingZeroCount(value) - SubBits - 1);
        return (row << SubBits) + (int)(value >> row);
    }

    private static long LargestOf(int bucket)
    {
        var row = Math.Max(0, (bucket >> SubBits) - 1);
        var place = bucket - (row << SubBits);
        return ((long)(place + 1) << row) - 1;
    }
}
