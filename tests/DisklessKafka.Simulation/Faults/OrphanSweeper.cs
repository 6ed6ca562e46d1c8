using DisklessKafka.Metadata;
using DisklessKafka.Metadata.State;
using DisklessKafka.Simulation.Machines;
using DisklessKafka.Simulation.Running;
using DisklessKafka.Storage.Segments;
using DisklessKafka.TestKit.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Simulation.Faults;

/// <summary>
/// Deletes what no commit can name any more, as the design allows it: objects of dead sessions that no extent lies in. A
/// listing comes first and a barrier after it, so that a session whose object was listed is known to live or not.
/// </summary>
internal sealed class OrphanSweeper(SimulatedNode node, Services services, RunLog log, Random random)
{
    private const string Prefix = "segments/";

    /// <summary>Objects deleted so far.</summary>
    public int Swept { get; private set; }

    public async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await SweepOnAsync();
            }
            catch (Exception failure)
            {
                log.Write("sweeper", $"begins anew: {failure.Message}"); // its replica fell behind, or the log was rewound
            }

            await node.Clock.Delay(TimeSpan.FromSeconds(5));
        }
    }

    private async Task SweepOnAsync()
    {
        // Reads what agents read, and writes nothing: it has no session.
        var log = services.OpenLog(services.Objects, new Link(services.LogNode, node.Clock, new Random(random.Next())), node.Clock);
        await using var replica = await Replica.StartAsync(
            log, services.Objects, new ReplicaOptions(), node.Clock, new Random(random.Next()), null, NullLogger.Instance, CancellationToken.None);
        while (!replica.Stopped.IsCompleted)
        {
            await node.Clock.Delay(TimeSpan.FromSeconds(random.Next(5, 40)));
            await SweepAsync(replica);
        }
    }

    private async Task SweepAsync(Replica replica)
    {
        var listed = new List<string>();
        await foreach (var found in services.Objects.ListAsync(Prefix, null, CancellationToken.None)) listed.Add(found.Key);
        var orphans = await replica.QueryAsync(state => FindOrphans(state, listed), CancellationToken.None);
        if (orphans.Count == 0) return;
        await services.Objects.DeleteAsync(orphans, CancellationToken.None);
        Swept += orphans.Count;
        log.Write("sweeper", $"deleted {orphans.Count} of {listed.Count} segments");
    }

    private static List<string> FindOrphans(ClusterState state, List<string> listed)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var topic in state.View.Topics.All)
            foreach (var partition in topic.Partitions)
                for (var i = 0; i < partition.View.Extents.Count; i++)
                    named.Add(KeyOf(state.View, partition.View.Extents[i].Segment));
        return [.. listed.Where(key => !named.Contains(key) && SegmentId.TryParse(key, out var id) && !state.IsLive(id.Session))];
    }

    private static string KeyOf(ClusterView view, SegmentRef segment) =>
        view.Agents.TryFindSession(segment.Session, out var session) ? new SegmentId(session, segment.Sequence).ObjectKey : "";
}
