using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Agent;

/// <summary>The cluster as request handlers see it: what this agent has replayed, and ways to make sure that it is enough.</summary>
public sealed class Cluster(Replica replica, TimeProvider time) : ISegmentNames
{
    /// <summary>How long a request waits for replay to catch up before it is answered with what is known, or with a retriable error.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile AgentInfo? _self;

    public ClusterView View => replica.View;

    /// <summary>Agents that clients are not sent to, though the view still lists them.</summary>
    public UnreachableAgents Unreachable { get; } = new(time);

    /// <summary>The ordinal of this agent's session; -1 before the first.</summary>
    public int SessionOrdinal => replica.Session?.Ordinal ?? -1;

    /// <summary>This agent as it last joined; null before that.</summary>
    public AgentInfo? Self => _self;

    /// <summary>What clients know this agent by, also between two sessions; -1 before the first.</summary>
    public int NodeId => Self?.NodeId ?? -1;

    /// <summary>This agent has begun a session.</summary>
    internal void Joined(AgentSession session)
    {
        var said = session.Description;
        _self = new(session.Ordinal, session.NodeId, session.Id, said.Zone, said.Host, said.Port, said.Software, said.IsListed);
    }

    /// <summary>Which agents a client is shown.</summary>
    public AgentInfo[] AgentsFor(ClusterView view, RequestContext context) => ClientRouting.AgentsFor(view.Agents.Brokers, Unreachable, Self, context);

    /// <summary>Which agents a client is shown besides those, though they lead nothing any more.</summary>
    public AgentInfo[] LeavingBeside(ClusterView view, AgentInfo[] shown) => ClientRouting.Leaving(view.Agents.Brokers, Unreachable, shown);

    /// <summary>Which agents lead what for a client.</summary>
    public Leaders LeadersFor(ClusterView view, AgentInfo[] shown, RequestContext context) => new(shown, ClientRouting.AgentsBeforeLoss(view.Agents.Brokers, Unreachable, context));

    /// <summary>Until disposed, this agent looks often for what others append.</summary>
    public Watcher Watch()
    {
        replica.BeginWatch();
        return new Watcher(replica);
    }

    /// <summary>Somebody who waits for what other agents may append.</summary>
    public readonly struct Watcher(Replica replica) : IDisposable
    {
        public void Dispose() => replica.EndWatch();
    }

    /// <summary>Waits until this agent has replayed everything that any agent acknowledged before the call.</summary>
    /// <returns>False if the log could not be reached in time: what this agent knows may be behind.</returns>
    public async ValueTask<bool> CatchUpAsync(CancellationToken aborted)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(aborted, deadline.Token);
        try
        {
            await replica.BarrierAsync(patience.Token);
            return true;
        }
        catch (Exception failure) when (IsAway(failure, aborted))
        {
            return false;
        }
    }

    /// <summary>Appends a command and waits for its outcome; <see cref="AppendStatus.OutcomeUnknown"/> when the log does not answer in time.</summary>
    public async ValueTask<AppendResult<TOutcome>> AppendAsync<TOutcome>(Command<TOutcome> command, CancellationToken aborted) where TOutcome : class
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(aborted, deadline.Token);
        return replica.Session is { } session
            ? await session.AppendAsync(command, patience.Token)
            : new(AppendStatus.NotAppended, null); // it has not joined yet
    }

    /// <inheritdoc/>
    public string ObjectKeyOf(SegmentRef segment) =>
        View.Agents.TryFindSession(segment.Session, out var session)
            ? new SegmentId(session, segment.Sequence).ObjectKey
            : throw new InvalidDataException($"no session {segment.Session} is known, but an extent lies in one of its segments");

    /// <summary>The node that admin clients send changes to: any will do, this one is right here.</summary>
    public int ControllerFor(ReadOnlySpan<AgentInfo> agents)
    {
        foreach (var agent in agents)
            if (agent.NodeId == NodeId)
                return agent.NodeId;
        return agents.IsEmpty ? -1 : agents[0].NodeId;
    }

    /// <summary>Catches up and asks the state between two entries; the default of <typeparamref name="T"/> if the log could not be reached in time.</summary>
    public async ValueTask<T?> QueryAsync<T>(Func<ClusterState, T> query, CancellationToken aborted)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(aborted, deadline.Token);
        try
        {
            return await replica.QueryAsync(query, patience.Token);
        }
        catch (Exception failure) when (IsAway(failure, aborted))
        {
            return default;
        }
    }

    private static bool IsAway(Exception failure, CancellationToken aborted) =>
        failure is MetadataLogException || (failure is OperationCanceledException && !aborted.IsCancellationRequested);
}
