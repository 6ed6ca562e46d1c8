using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>Which agent a client is sent to for a group or a transaction. Any agent would do; all clients of a zone meet at one.</summary>
internal static class CoordinatorRouting
{
    public const sbyte Group = 0, Transaction = 1;

    /// <returns>Null if there are no agents.</returns>
    public static AgentInfo? Choose(AgentInfo[] agents, string key, sbyte type) => Rendezvous.Choose(agents, KeyOf(key, type));

    /// <summary>
    /// Whether this agent lists the group or transaction when this client asks it: clients ask every broker they see and add up.
    /// </summary>
    /// <param name="agents">That coordinate for the client.</param>
    /// <param name="leaving">That it is shown besides.</param>
    public static bool Lists(AgentInfo[] agents, AgentInfo[] leaving, int nodeId, string key, sbyte type)
    {
        if (Array.Exists(agents, agent => agent.NodeId == nodeId)) return Choose(agents, key, type)?.NodeId == nodeId;
        return !Array.Exists(leaving, agent => agent.NodeId == nodeId);
    }

    /// <summary>FNV-1a over the key's UTF-16 units: the same on every agent, unlike the runtime's own string hash.</summary>
    private static ulong KeyOf(string key, sbyte type)
    {
        var hash = 14695981039346656037UL ^ (byte)type;
        foreach (var unit in key) hash = (hash ^ unit) * 1099511628211UL;
        return hash;
    }
}
