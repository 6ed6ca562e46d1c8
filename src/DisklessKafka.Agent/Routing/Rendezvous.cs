using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Routing;

/// <summary>Highest-random-weight hashing: every agent comes to the same choice, and one that leaves moves only what was its own.</summary>
public static class Rendezvous
{
    /// <summary>The agent that the key belongs to; null if there is none to choose from.</summary>
    public static AgentInfo? Choose(ReadOnlySpan<AgentInfo> agents, ulong key)
    {
        AgentInfo? best = null;
        var bestWeight = 0UL;
        foreach (var agent in agents)
        {
            var weight = Mix(key ^ Mix((ulong)(uint)agent.NodeId + 1));
            if (best is null || weight > bestWeight) (best, bestWeight) = (agent, weight);
        }

        return best;
    }

    /// <summary>The key of a partition.</summary>
    public static ulong KeyOf(int topicOrdinal, int partition) => (ulong)(uint)topicOrdinal << 32 | (uint)partition;

    /// <summary>The finisher of SplitMix64: every input bit changes every output bit with even chance.</summary>
    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        return x ^ x >> 31;
    }
}
