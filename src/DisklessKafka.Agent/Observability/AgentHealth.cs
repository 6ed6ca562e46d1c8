namespace DisklessKafka.Agent.Observability;

/// <summary>Where an agent is in its life.</summary>
public enum AgentPhase
{
    Starting,
    Ready,

    /// <summary>Told to stop: serves what it has, wants nothing new.</summary>
    Draining,

    /// <summary>Cannot go on by itself and must be replaced.</summary>
    Failed,
}

/// <summary>
/// What /healthz and /readyz answer from. Alive: anything but Failed. Ready: serving, and no check complains; checks that
/// complain do not make an agent unhealthy, since restarting it would not bring a store back.
/// </summary>
public sealed class AgentHealth
{
    private readonly Lock _changing = new();
    private (string Name, Func<string?> Check)[] _checks = [];
    private volatile State _state = new(AgentPhase.Starting, null);

    public AgentPhase Phase => _state.Phase;
    public bool IsAlive => _state.Phase != AgentPhase.Failed;
    public bool IsReady => _state.Phase == AgentPhase.Ready && Complaints().Count == 0;

    /// <summary>A failed agent stays failed.</summary>
    public void Enter(AgentPhase phase, string? reason = null)
    {
        lock (_changing)
            if (_state.Phase != AgentPhase.Failed)
                _state = new(phase, reason);
    }

    /// <summary>Adds something that readiness depends on.</summary>
    /// <param name="check">Cheap; null while all is well, else what is not.</param>
    public void Require(string name, Func<string?> check)
    {
        lock (_changing) _checks = [.. _checks, (name, check)];
    }

    /// <summary>One line for the answer's body.</summary>
    public string Describe()
    {
        var (phase, reason) = (_state.Phase, _state.Reason);
        var text = phase.ToString().ToLowerInvariant() + (reason is null ? "" : $": {reason}");
        return string.Join("; ", [text, .. Complaints()]);
    }

    private List<string> Complaints() =>
        [.. _checks.Select(check => (check.Name, Complaint: check.Check())).Where(check => check.Complaint is not null).Select(check => $"{check.Name}: {check.Complaint}")];

    private sealed record State(AgentPhase Phase, string? Reason);
}
