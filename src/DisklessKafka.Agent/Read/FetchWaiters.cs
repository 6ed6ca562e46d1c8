using DisklessKafka.Metadata;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Long polls by the partitions they wait for; replay tells which advanced. Bounded by the requests in flight: each wait
/// stands once for each of its partitions.
/// </summary>
/// <param name="leaving">Nobody waits any longer: this agent leaves, and must not be kept by them.</param>
public sealed class FetchWaiters(CancellationToken leaving) : IReplicaObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Partition, List<FetchWait>> _waiting = [];

    internal CancellationToken Leaving => leaving;

    /// <summary>On the apply turn: wakes, never runs what waits.</summary>
    public void OnApplied(in AppliedEntry applied)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0) return;
            foreach (var partition in applied.Advanced)
            {
                if (!_waiting.TryGetValue(partition, out var waits)) continue;
                foreach (var wait in waits) wait.Wake();
            }
        }
    }

    internal void Add(FetchWait wait, Partition[] partitions)
    {
        lock (_gate)
        {
            foreach (var partition in partitions)
            {
                if (!_waiting.TryGetValue(partition, out var waits)) _waiting.Add(partition, waits = []);
                waits.Add(wait);
            }
        }
    }

    internal void Remove(FetchWait wait, Partition[] partitions)
    {
        lock (_gate)
        {
            foreach (var partition in partitions)
            {
                if (!_waiting.TryGetValue(partition, out var waits)) continue;
                waits.Remove(wait);
                if (waits.Count == 0) _waiting.Remove(partition);
            }
        }
    }
}
