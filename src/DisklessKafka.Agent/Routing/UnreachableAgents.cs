using System.Collections.Frozen;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>
/// Agents whose session lives on and which this agent cannot reach all the same: most likely they were killed a moment ago.
/// Clients are not sent to them. Being wrong costs nothing but a hint: any agent serves any request.
/// </summary>
public sealed class UnreachableAgents(TimeProvider time)
{
    /// <summary>
    /// What an agent led has no leader for so long once it is lost: long enough for the first question of all its clients, which they ask as
    /// they lose their connection to it, and short enough for those to be answered who ask later. One that leaves in good order has led
    /// nothing for a while when it hangs up.
    /// </summary>
    private static readonly TimeSpan AfterLoss = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private volatile FrozenSet<int> _nodeIds = []; // as many as there are live sessions
    private volatile Loss[] _losses = []; // the last of each agent, as long as they matter or until the next one

    public bool Contains(AgentInfo agent) => _nodeIds.Contains(agent.NodeId);

    /// <summary>Agents that had been lost a moment ago when a client asked, or have been since, whether or not their sessions have ended.</summary>
    /// <param name="askedAt">As <see cref="TimeProvider.GetTimestamp"/> counts.</param>
    public AgentInfo[] JustLost(long askedAt) => _losses is { Length: > 0 } losses ? [.. losses.Where(loss => IsRecent(loss, askedAt)).Select(loss => loss.Agent)] : [];

    internal void Add(AgentInfo agent)
    {
        lock (_gate)
        {
            if (_nodeIds.Contains(agent.NodeId)) return;
            _nodeIds = [.. _nodeIds, agent.NodeId];
            var now = time.GetTimestamp();
            if (agent.IsListed) _losses = [.. _losses.Where(loss => IsRecent(loss, now) && loss.Agent.NodeId != agent.NodeId), new(agent, now)];
        }
    }

    /// <summary>It can be reached again.</summary>
    internal void Remove(AgentInfo agent)
    {
        lock (_gate)
        {
            Forget(agent);
            if (_losses.Length > 0) _losses = [.. _losses.Where(loss => loss.Agent.NodeId != agent.NodeId)];
        }
    }

    /// <summary>It is no member of the cluster any more.</summary>
    internal void Forget(AgentInfo agent)
    {
        lock (_gate)
            if (_nodeIds.Contains(agent.NodeId)) _nodeIds = [.. _nodeIds.Where(other => other != agent.NodeId)];
    }

    private bool IsRecent(Loss loss, long at) => time.GetElapsedTime(loss.At, at) < AfterLoss;

    private sealed record Loss(AgentInfo Agent, long At);
}
