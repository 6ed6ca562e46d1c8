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

/// <summary>Which phase of a run a moment belongs to; a fault counts before all else.</summary>
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

    public Phase At(long moment) =>
        Array.Exists(_faults, fault => fault.Began <= moment && moment <= fault.Healed + (long)Aftermath.TotalMicroseconds) ? Phase.Failure
        : IsIn("peak", moment) ? Phase.Peak
        : IsIn("replay", moment) ? Phase.Replay
        : Phase.Normal;

    private bool IsIn(string name, long moment) => Array.Exists(_periods, period => period.Name == name && period.From <= moment && moment <= period.To);
}
