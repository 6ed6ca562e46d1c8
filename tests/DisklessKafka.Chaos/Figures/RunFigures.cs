using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos.Figures;

/// <summary>What a run tells in numbers.</summary>
internal sealed class RunFigures
{
    public RunFigures(RunRecord run)
    {
        Run = run;
        Writes = Write.Of(run);
        Phases = new Phases(run);
        Sight = new Sight(run, Writes);
        Outages = Outage.Of(Writes);
        Effects = [.. Phases.Faults.Select(fault => FaultEffect.Of(fault, Writes, Phases, Sight))];
        var byPhase = Writes.ToLookup(Phases.Of, write => write.Latency);
        LatencyByPhase = Enum.GetValues<Phase>().ToDictionary(phase => phase, phase => Quantiles.Of(byPhase[phase]));
        PinnedAtRest = Quantiles.Of(Writes.Where(write => write.IsPinned && Phases.Of(write) is Phase.Normal or Phase.Replay).Select(write => write.Latency));
    }

    public RunRecord Run { get; }

    /// <summary>By the time they were acknowledged.</summary>
    public Write[] Writes { get; }

    /// <summary>Until clients were stopped.</summary>
    public TimeSpan Duration => RunClock.ToTime(Run.History.Stopped ?? Run.Clock.Now);

    public Phases Phases { get; }

    public Sight Sight { get; }

    public IReadOnlyList<FaultEffect> Effects { get; }

    public IReadOnlyList<Outage> Outages { get; }

    public IReadOnlyDictionary<Phase, Quantiles> LatencyByPhase { get; }

    /// <summary>Clients pinned to one agent, without faults and peaks: what those of agents that no fault hits are held against.</summary>
    public Quantiles PinnedAtRest { get; }

    public IEnumerable<IGrouping<FaultKind, FaultEffect>> EffectsByKind => Effects.GroupBy(effect => effect.Fault.Kind).OrderBy(group => group.Key);

    /// <summary>Requests a second to the object store, by operation, in phases.</summary>
    public IReadOnlyList<(string Operation, double AtRest, double InFailure, long Refused)> StoreRequests()
    {
        var seconds = Duration.TotalSeconds;
        var failing = Math.Max(1, Covered(Phases.Faults));
        var resting = Math.Max(1, seconds - failing);
        return
        [
            .. Run.StoreRequests.GroupBy(item => item.Request.Operation).OrderBy(group => group.Key).Select(group => (
                group.Key,
                group.Count(item => Phases.At(item.At) != Phase.Failure) / resting,
                group.Count(item => Phases.At(item.At) == Phase.Failure) / failing,
                group.LongCount(item => item.Request.Status is 0 or >= 500))),
        ];
    }

    /// <summary>Seconds that lie in any fault or its aftermath.</summary>
    private static double Covered(IReadOnlyList<FaultRecord> faults)
    {
        var (covered, end) = (0L, 0L);
        foreach (var fault in faults)
        {
            var (from, to) = (Math.Max(fault.Began, end), fault.Healed + (long)Figures.Phases.Aftermath.TotalMicroseconds);
            covered += Math.Max(0, to - from);
            end = Math.Max(end, to);
        }

        return RunClock.ToTime(covered).TotalSeconds;
    }
}
