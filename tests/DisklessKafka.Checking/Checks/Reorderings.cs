using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>
/// An idempotent producer's records stand in the order sent; and whoever sends after an earlier write was acknowledged,
/// whichever client's that was, comes to stand behind it.
/// </summary>
internal static class Reorderings
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var partition in run.Contents.Partitions)
        {
            foreach (var anomaly in WithinProducers(run, partition).Concat(InRealTime(run, partition)))
                yield return anomaly;
        }
    }

    private static IEnumerable<Anomaly> WithinProducers(CheckedRun run, PartitionContents partition)
    {
        var highest = new Dictionary<int, Send>();
        foreach (var entry in run.Partition(partition.Name).Entries.ToArray())
        {
            if (FirstPlaceOf(run, partition.Name, entry) is not { IsIdempotent: true } send)
                continue;
            if (highest.TryGetValue(send.Client, out var before) && send.Sequence < before.Sequence)
                yield return new(AnomalyKind.Reordered, $"{send.Value} stands at offset {entry.Offset} of {partition.Name}, behind {before.Value} which was sent later", [send, before]);
            else
                highest[send.Client] = send;
        }
    }

    private static IEnumerable<Anomaly> InRealTime(CheckedRun run, PartitionContents partition)
    {
        var placed = new List<(long Value, Operation Operation)>();
        foreach (var entry in partition.Entries)
        {
            if (FirstPlaceOf(run, partition.Name, entry) is { } send)
                placed.Add((entry.Offset, send));
        }

        var floor = new RealTimeFloor(placed.Where(item => item.Operation.IsAcknowledged));
        foreach (var (offset, send) in placed.OrderBy(item => item.Operation.Invoked))
        {
            floor.AdvanceTo(send.Invoked);
            // Within a producer the order sent has told already.
            if (floor.Highest is { } before && before.Value > offset && !(before.Operation.Client == send.Client && ((Send)send).IsIdempotent))
                yield return new(AnomalyKind.Reordered, $"{((Send)send).Value} stands at offset {offset} of {partition.Name}, before offset {before.Value} that was acknowledged before it was sent", [before.Operation, send]);
        }
    }

    /// <returns>The send, unless this is a repetition of it, which the duplicates tell.</returns>
    private static Send? FirstPlaceOf(CheckedRun run, PartitionName partition, ContentEntry entry) =>
        entry.Kind != ContentKind.Marker && run.Places[entry.Value] is var first && first.Partition == partition && first.Offset == entry.Offset
            ? run.SendOf(entry.Value)
            : null;
}
