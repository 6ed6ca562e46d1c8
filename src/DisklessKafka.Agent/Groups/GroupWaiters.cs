using DisklessKafka.Metadata;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;

namespace DisklessKafka.Agent.Groups;

/// <summary>
/// Joins and syncs that wait for what becomes of their group; replay tells which groups changed. Bounded by the requests in
/// flight: each waits for one group.
/// </summary>
/// <param name="leaving">Nobody waits any longer: this agent leaves, and must not be kept by them.</param>
public sealed class GroupWaiters(CancellationToken leaving) : IReplicaObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Group, List<GroupWait>> _waiting = [];

    internal CancellationToken Leaving => leaving;

    /// <summary>On the apply turn: wakes, never runs what waits.</summary>
    public void OnApplied(in AppliedEntry applied)
    {
        if (applied.Groups.IsEmpty) return;
        lock (_gate)
        {
            foreach (var group in applied.Groups)
            {
                if (!_waiting.TryGetValue(group, out var waits)) continue;
                foreach (var wait in waits) wait.Wake();
            }
        }
    }

    internal void Add(GroupWait wait)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(wait.Group, out var waits)) _waiting.Add(wait.Group, waits = []);
            waits.Add(wait);
        }
    }

    internal void Remove(GroupWait wait)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(wait.Group, out var waits)) return;
            waits.Remove(wait);
            if (waits.Count == 0) _waiting.Remove(wait.Group);
        }
    }
}
