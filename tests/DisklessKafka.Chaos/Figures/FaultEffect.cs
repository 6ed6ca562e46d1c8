using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos.Figures;

/// <summary>What a fault did to those who wrote meanwhile.</summary>
/// <param name="LongestLed">How long the slowest record of clients that go where the cluster leads them took: a producer's outage.</param>
/// <param name="Others">Latencies of clients that are pinned to agents which neither this fault nor another one hit.</param>
/// <param name="ResumedAfter">From when the fault was healed until the last of those that always write had a write acknowledged; null if other faults leave that open.</param>
/// <param name="SettledAfter">From when the fault was healed until tailing readers had seen all that was acknowledged during it; zero if none of it was ever more than a second late.</param>
internal sealed record FaultEffect(FaultRecord Fault, TimeSpan LongestLed, IReadOnlyList<TimeSpan> Others, TimeSpan? ResumedAfter, TimeSpan SettledAfter)
{
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(500), Window = TimeSpan.FromSeconds(20);

    /// <param name="sight">When each value was seen by tailing readers.</param>
    public static FaultEffect Of(FaultRecord fault, Write[] writes, Phases phases, Sight sight)
    {
        var from = fault.Began - Micros(Before);
        Write[] within = [.. writes.Where(write => write.Invoked >= from && write.Invoked <= fault.Healed)];
        var led = within.Where(write => !write.IsPinned).Select(write => write.Latency).DefaultIfEmpty().Max();
        var others = within.Where(write => write.Invoked >= fault.Began && phases.IsSpared(write)).Select(write => write.Latency);
        return new(fault, led, [.. others], ResumedAfterOf(fault, writes, phases), sight.SettledAfter(fault));
    }

    private static TimeSpan? ResumedAfterOf(FaultRecord fault, Write[] writes, Phases phases)
    {
        var until = fault.Healed + Micros(Window);
        var firsts = writes.Where(write => write.IsSteady && write.Acknowledged >= fault.Healed && write.Acknowledged <= until).GroupBy(write => write.ClientId).Select(group => group.Min(write => write.Acknowledged));
        if (!firsts.Any())
            return null;
        var resumed = firsts.Max();
        return phases.Faults.Any(other => other != fault && other.Began <= resumed && other.Healed >= fault.Healed) ? null : RunClock.ToTime(resumed - fault.Healed);
    }

    private static long Micros(TimeSpan time) => (long)time.TotalMicroseconds;
}
