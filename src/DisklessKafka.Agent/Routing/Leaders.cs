using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>Which agent the clients of a partition gather at. Any agent serves any partition: leadership is a hint.</summary>
/// <param name="agents">That the client is shown.</param>
/// <param name="beforeLoss">That it was shown before some were lost a moment ago; null if none was.</param>
public sealed class Leaders(AgentInfo[] agents, AgentInfo[]? beforeLoss)
{
    /// <summary>-1 without agents.</summary>
    public int Of(int topicOrdinal, int partition) => ClientRouting.LeaderOf(agents, topicOrdinal, partition);

    /// <summary>Its leader was lost a moment ago: nobody leads it just now, and the next one is not told yet.</summary>
    public bool IsVacant(int topicOrdinal, int partition) =>
        beforeLoss is not null && ClientRouting.LeaderOf(beforeLoss, topicOrdinal, partition) is var before && !Array.Exists(agents, agent => agent.NodeId == before);
}
