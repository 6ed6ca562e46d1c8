using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent;

/// <summary>Whoever waits for replay: long polls, and members of groups.</summary>
internal sealed class Wakers : IReplicaObserver, IDisposable
{
    private readonly CancellationTokenSource _leaving = new(); // cancelled in place: CancelAsync would leave the scheduler

    public Wakers() => (Fetches, Groups) = (new(_leaving.Token), new(_leaving.Token));

    public FetchWaiters Fetches { get; }

    public GroupWaiters Groups { get; }

    /// <summary>Nobody waits any longer, from now on.</summary>
    public void EndWaits() => _leaving.Cancel();

    public void Dispose() => _leaving.Dispose();

    public void OnApplied(in AppliedEntry applied)
    {
        Fetches.OnApplied(applied);
        Groups.OnApplied(applied);
    }
}
