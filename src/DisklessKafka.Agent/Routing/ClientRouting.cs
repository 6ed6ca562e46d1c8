using DisklessKafka.Agent.Apis;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>
/// Which agents a client is shown, and which of them leads what. Any agent serves any request, so all of this is only a
/// hint that spreads load and keeps traffic inside a zone.
/// </summary>
public static class ClientRouting
{
    /// <summary>
    /// The agents of the client's zone when there are any, otherwise all that are listed and can be reached, otherwise all that live. Where
    /// none lives by the log, the one that was asked does: clients that are told of no broker forget those they knew.
    /// </summary>
    public static AgentInfo[] AgentsFor(ReadOnlySpan<AgentInfo> brokers, UnreachableAgents unreachable, AgentInfo? self, RequestContext context)
    {
        AgentInfo[] all = brokers.IsEmpty && self is not null ? [self] : brokers.ToArray();
        var listed = Array.FindAll(all, agent => agent.IsListed && !unreachable.Contains(agent));
        return listed.Length > 0 ? Near(listed, context) : all;
    }

    /// <summary>
    /// Agents that leave and still answer. They lead nothing, but whoever knows them must know them still while it moves what they led: of a
    /// broker that it is told of no more a client drops the partitions together with the connection. Of any zone, since they may have led for
    /// clients of zones that have none.
    /// </summary>
    /// <param name="shown">That lead for the client.</param>
    public static AgentInfo[] Leaving(ReadOnlySpan<AgentInfo> brokers, UnreachableAgents unreachable, AgentInfo[] shown) =>
        Array.FindAll(brokers.ToArray(), agent => !agent.IsListed && !unreachable.Contains(agent) && !Array.Exists(shown, other => other.NodeId == agent.NodeId));

    /// <summary>
    /// Which agents the client was shown before some were lost a moment ago; null if none was. What a lost one led has no leader then: clients
    /// drop a broker that they are told of no more, and librdkafka strands the partitions that move elsewhere in the same answer until it
    /// next looks for such, a second or two later. Partitions without a leader it asks for again at once.
    /// </summary>
    public static AgentInfo[]? AgentsBeforeLoss(ReadOnlySpan<AgentInfo> brokers, UnreachableAgents unreachable, RequestContext context)
    {
        var lost = unreachable.JustLost(context.ReceivedAt);
        if (lost.Length == 0) return null;
        var others = brokers.ToArray().Where(agent => agent.IsListed && !unreachable.Contains(agent) && !Array.Exists(lost, gone => gone.NodeId == agent.NodeId));
        return Near([.. lost, .. others], context);
    }

    /// <summary>Those of the client's zone where there are any, otherwise all.</summary>
    private static AgentInfo[] Near(AgentInfo[] agents, RequestContext context)
    {
        if (ClientZone.FromClientId(context.ClientId) is not { } zone) return agents;
        var near = Array.FindAll(agents, agent => agent.Zone == zone);
        return near.Length > 0 ? near : agents;
    }

    /// <summary>Among those agents, the one the partition's clients gather at; -1 without agents.</summary>
    public static int LeaderOf(AgentInfo[] agents, int topicOrdinal, int partition) =>
        Rendezvous.Choose(agents, Rendezvous.KeyOf(topicOrdinal, partition))?.NodeId ?? -1;
}
