using DisklessKafka.Agent.Read;
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

    public ClusterView View => replica.View;

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
        catch (Exception failure) when (failure is MetadataLogException or OperationCanceledException && !aborted.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Appends a command and waits for its outcome; <see cref="AppendStatus.OutcomeUnknown"/> when the log does not answer in time.</summary>
    public async ValueTask<AppendResult<TOutcome>> AppendAsync<TOutcome>(Command<TOutcome> command, CancellationToken aborted) where TOutcome : class
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(aborted, deadline.Token);
        return await Session.AppendAsync(command, patience.Token);
    }

    /// <inheritdoc/>
    public string ObjectKeyOf(SegmentRef segment) =>
        View.TryFindSession(segment.Session, out var session)
            ? new SegmentId(session, segment.Sequence).ObjectKey
            : throw new InvalidDataException($"no session {segment.Session} is known, but an extent lies in one of its segments");

    /// <summary>The node that admin clients send changes to: any will do, this one is right here.</summary>
    public int ControllerFor(ReadOnlySpan<AgentInfo> agents)
    {
        foreach (var agent in agents)
            if (agent.NodeId == Session.NodeId)
                return agent.NodeId;
        return agents.IsEmpty ? -1 : agents[0].NodeId;
    }

    private AgentSession Session => replica.Session;
}
