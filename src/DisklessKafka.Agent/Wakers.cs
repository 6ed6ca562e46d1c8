using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent;

/// <summary>Whoever waits for replay: long polls, and members of groups.</summary>
internal sealed record Wakers(FetchWaiters Fetches, GroupWaiters Groups) : IReplicaObserver
{
    public void OnApplied(in AppliedEntry applied)
    {
        Fetches.OnApplied(applied);
        Groups.OnApplied(applied);
    }
}
