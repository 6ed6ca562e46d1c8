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
        var zone = ClientZone.FromClientId(context.ClientId);
        AgentInfo[] listed = [.. all.Where(agent => agent.IsListed && !unreachable.Contains(agent))];
        AgentInfo[] near = zone is null ? [] : [.. listed.Where(agent => agent.Zone == zone)];
        if (near.Length > 0) return near;
        return listed.Length > 0 ? listed : all;
    }

    /// <summary>Among those agents, the one the partition's clients gather at; -1 without agents.</summary>
    public static int LeaderOf(AgentInfo[] agents, int topicOrdinal, int partition) =>
        Rendezvous.Choose(agents, Rendezvous.KeyOf(topicOrdinal, partition))?.NodeId ?? -1;
}
