using DisklessKafka.Agent.Configs;

namespace DisklessKafka.Agent.Apis;

/// <summary>Broker settings as they are now: what the agent was started with, under what clients have set for all agents.</summary>
/// <param name="statics">The operator's settings and those that follow from the agent's options.</param>
public sealed class LiveSettings(Cluster cluster, BrokerSettings statics)
{
    public BrokerSettings Current => statics.WithDynamic(cluster.View.BrokerConfigs.ToDictionary());

    /// <summary>With this agent's node id, which a new session changes.</summary>
    public BrokerSettings CurrentOfThisAgent
    {
        get
        {
            var id = cluster.NodeId.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var current = Current;
            return current with { Static = new Dictionary<string, string>(current.Static) { ["node.id"] = id, ["broker.id"] = id } };
        }
    }
}
