using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Observability;

/// <summary>How far this agent's copy of the cluster state is, and how large.</summary>
public static class ReplicaMetrics
{
    public static void Observe(Meter meter, AgentNode node)
    {
        meter.CreateObservableGauge("diskless.replica.version", () => node.View.Version, "{entry}", "Entries of the metadata log that this agent has applied: agents that differ for long lag behind");
        meter.CreateObservableGauge("diskless.replica.time", () => node.View.TimeMs / 1000.0, "s", "The cluster state's clock, Unix time: the log's time of the newest entry applied");
        meter.CreateObservableGauge("diskless.replica.topics", () => node.View.Topics.Count, "{topic}", "Topics");
        meter.CreateObservableGauge("diskless.replica.agents", () => node.View.Agents.Count, "{agent}", "Live agents, as this agent knows them");
        meter.CreateObservableGauge("diskless.replica.feature_level", () => (long)node.View.FeatureLevel, "{level}", "Feature level of the cluster");
        meter.CreateObservableGauge("diskless.replica.stopped", () => node.Failed.IsCompleted ? 1 : 0, null, "1 once this agent can no longer follow the metadata log and must be replaced");
    }
}
