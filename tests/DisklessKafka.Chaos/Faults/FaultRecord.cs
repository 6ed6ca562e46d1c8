namespace DisklessKafka.Chaos.Faults;

/// <summary>A fault that was injected, by the run's clock.</summary>
/// <param name="Agents">The agents that it hits; empty where it hits all.</param>
/// <param name="Healed">When nothing of it was left: a server accepts connections again, an agent is ready.</param>
internal sealed record FaultRecord(FaultKind Kind, string Target, IReadOnlyList<int> Agents, long Began, long Healed)
{
    public bool HitsAll => Agents.Count == 0;
}
