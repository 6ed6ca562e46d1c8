using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos.Figures;

internal enum Phase
{
    Normal,
    Peak,
    Replay,

    /// <summary>From a fault's beginning until a while after it was healed.</summary>
    Failure,
}

/// <summary>Which phase of a run a moment, or a time, belongs to; a fault counts before all else.</summary>
internal sealed class Phases
{
    /// <summary>Effects of a fault that outlast it count as its own for so long.</summary>
    public static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    private readonly FaultRecord[] _faults;
    private readonly (string Name, long From, long To)[] _periods;

    public Phases(RunRecord run)
    {
        _faults = [.. run.Faults.OrderBy(fault => fault.Began)];
        _periods = [.. run.Periods];
    }

    public IReadOnlyList<FaultRecord> Faults => _faults;

    public Phase At(long moment) => Of(moment, moment);

    /// <summary>What was under way when a fault began suffered from it too.</summary>
    public Phase Of(Write write) => Of(write.Invoked, write.Acknowledged);

    /// <summary>A client pinned to an agent that no fault hit at that time, nor shortly before.</summary>
    public bool IsSpared(Write write) =>
        write.IsPinned && !Array.Exists(_faults, fault => (fault.HitsAll || fault.Agents.Contains(write.Client.Agent!.Value)) && Touches(fault, write.Invoked, write.Acknowledged));

    private Phase Of(long from, long to) =>
        Array.Exists(_faults, fault => Touches(fault, from, to)) ? Phase.Failure
        : IsIn("peak", from, to) ? Phase.Peak
        : IsIn("replay", from, to) ? Phase.Replay
        : Phase.Normal;

    private static bool Touches(FaultRecord fault, long from, long to) => fault.Began <= to && from <= fault.Healed + (long)Aftermath.TotalMicroseconds;

    private bool IsIn(string name, long from, long to) => Array.Exists(_periods, period => period.Name == name && period.From <= to && from <= period.To);
}
