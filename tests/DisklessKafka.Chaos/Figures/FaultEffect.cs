using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos.Figures;

/// <summary>What a fault did to those who wrote meanwhile.</summary>
/// <param name="LongestLed">How long the slowest record of clients that go where the cluster leads them took: a producer's outage.</param>
/// <param name="Others">Latencies of clients that are pinned to agents which the fault did not hit; null if it hit all.</param>
/// <param name="ResumedAfter">From when the fault was healed until the last of all clients had a write acknowledged.</param>
/// <param name="SettledAfter">From when the fault was healed until tailing readers had seen all that was acknowledged during it; zero if none of it was ever more than a second late.</param>
internal sealed record FaultEffect(FaultRecord Fault, TimeSpan LongestLed, Quantiles? Others, TimeSpan? ResumedAfter, TimeSpan SettledAfter)
{
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(500), Window = TimeSpan.FromSeconds(20);

    /// <param name="writes">By the time they were acknowledged.</param>
    /// <param name="sight">When each value was seen by tailing readers.</param>
    public static FaultEffect Of(FaultRecord fault, Write[] writes, Sight sight)
    {
        var (from, until) = (fault.Began - Micros(Before), fault.Healed + Micros(Window));
        Write[] within = [.. writes.Where(write => write.Invoked >= from && write.Invoked <= fault.Healed)];
        var led = within.Where(write => !write.IsPinned).Select(write => write.Latency).DefaultIfEmpty().Max();
        var others = within.Where(write => write.IsPinned && write.Invoked >= fault.Began && !fault.Agents.Contains(write.Client.Agent!.Value));
        return new(fault, led, fault.HitsAll ? null : Quantiles.Of(others.Select(write => write.Latency)), ResumedAfterOf(fault, writes, until), sight.SettledAfter(fault));
    }

    private static TimeSpan? ResumedAfterOf(FaultRecord fault, Write[] writes, long until)
    {
        var firsts = writes.Where(write => write.Acknowledged >= fault.Healed && write.Acknowledged <= until).GroupBy(write => write.ClientId).Select(group => group.Min(write => write.Acknowledged));
        return firsts.Any() ? RunClock.ToTime(firsts.Max() - fault.Healed) : null;
    }

    private static long Micros(TimeSpan time) => (long)time.TotalMicroseconds;
}
