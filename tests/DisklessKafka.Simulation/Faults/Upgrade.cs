using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Simulation.Machines;
using DisklessKafka.Simulation.Running;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Faults;

/// <summary>Raises the cluster's feature level as an operator does: asks an agent until it is done.</summary>
internal static class Upgrade
{
    public static async Task RaiseAsync(SimulatedCluster cluster, SimulatedNode node)
    {
        while (true)
        {
            foreach (var agent in cluster.Agents)
            {
                if (agent.Life is not { Core.Replica.Session: { IsLive: true } session } life || agent.NewestLevel < Scenario.LastLevel) continue;
                var asked = life.Node.Start(() => session.AppendAsync(Command.Of(new RaiseFeatureLevel { Level = Scenario.LastLevel }), CancellationToken.None).AsTask());
                if (await Task.WhenAny(asked, node.Clock.Delay(TimeSpan.FromSeconds(10))) != asked) continue;
                var (status, outcome) = await asked;
                cluster.Log.Write(agent.Name, $"raises the level: {status} {outcome}");
                if (outcome is { Status: RaiseFeatureLevelStatus.Raised or RaiseFeatureLevelStatus.NotARaise }) return;
            }

            await node.Clock.Delay(TimeSpan.FromSeconds(5));
        }
    }
}
