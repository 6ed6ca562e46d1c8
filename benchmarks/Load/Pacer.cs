using System.Diagnostics;

namespace DisklessKafka.Load;

/// <summary>
/// Open-loop arrivals: the n-th falls due at its time whatever became of those before it, and latency counts from then.
/// So a server that stalls is charged for all that would have arrived meanwhile.
/// </summary>
internal sealed class Pacer(double perSecond)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _ticksEach = Stopwatch.Frequency / perSecond;

    /// <summary>The moment at which arrival number <paramref name="index"/> is due, as <see cref="Stopwatch"/> counts.</summary>
    public long DueAt(long index) => _start + (long)(index * _ticksEach);

    /// <summary>Blocks until then; to about a tenth of a millisecond.</summary>
    public static void WaitUntil(long due)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } left)
        {
            if (left > TimeSpan.FromMilliseconds(0.2))
                Thread.Sleep(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(0.1) : TimeSpan.FromMilliseconds(1));
        }
    }
}
