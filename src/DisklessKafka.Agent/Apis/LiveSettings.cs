using System.Globalization;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Apis;

/// <summary>Broker settings as they are now: what the agent was started with, under what clients have set for all agents.</summary>
/// <param name="statics">The operator's settings and those that follow from the agent's options.</param>
public sealed class LiveSettings(Cluster cluster, BrokerSettings statics)
{
    private volatile CachedSettings _cached = new(new Dictionary<ConfigResource, ConfigSet>(), statics);

    public BrokerSettings Current
    {
        get
        {
            var (configs, cached) = (cluster.View.Configs, _cached);
            if (!ReferenceEquals(cached.Of, configs)) _cached = cached = new(configs, statics.WithDynamic(cluster.View.BrokerConfigs.ToDictionary()));
            return cached.Settings;
        }
    }

    /// <summary>With what the cluster knows of this agent: its node id, its address and its zone.</summary>
    public BrokerSettings CurrentOfThisAgent
    {
        get
        {
            var current = Current;
            var statics = new Dictionary<string, string>(current.Static);
            statics["node.id"] = statics["broker.id"] = cluster.NodeId.ToString(CultureInfo.InvariantCulture);
            if (cluster.Self is { } self)
            {
                statics["advertised.listeners"] = $"PLAINTEXT://{new HostPort(self.Host, self.Port)}";
                if (self.Zone.Length > 0) statics["broker.rack"] = self.Zone;
            }

            return current with { Static = statics };
        }
    }

    /// <summary>Worked out once for each version of the cluster's configuration, not with each heartbeat.</summary>
    private sealed record CachedSettings(IReadOnlyDictionary<ConfigResource, ConfigSet> Of, BrokerSettings Settings);
}
