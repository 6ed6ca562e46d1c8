using System.Collections.Frozen;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>
/// Agents whose session lives on and which this agent cannot reach all the same: most likely they were killed a moment ago.
/// Clients are not sent to them. Being wrong costs nothing but a hint: any agent serves any request.
/// </summary>
public sealed class UnreachableAgents
{
    private readonly Lock _gate = new();
    private volatile FrozenSet<int> _nodeIds = []; // as many as there are live sessions

    public bool Contains(AgentInfo agent) => _nodeIds.Contains(agent.NodeId);

    internal void Add(int nodeId)
    {
        lock (_gate) _nodeIds = [.. _nodeIds, nodeId];
    }

    internal void Remove(int nodeId)
    {
        lock (_gate)
            if (_nodeIds.Contains(nodeId)) _nodeIds = [.. _nodeIds.Where(other => other != nodeId)];
    }
}
