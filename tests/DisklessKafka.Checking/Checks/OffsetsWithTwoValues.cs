using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>An offset holds one value: for whoever was told of it, for all readers at all times, and in the end.</summary>
internal static class OffsetsWithTwoValues
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var known = new Dictionary<(PartitionName, long Offset), (long Value, Operation? Operation)>();
        var reported = new HashSet<(PartitionName, long Offset, long Value)>();
        foreach (var (partition, offset, value, operation) in Sightings(run))
        {
            if (known.TryAdd((partition, offset), (value, operation)))
                continue;
            var (before, first) = known[(partition, offset)];
            if (before != value && reported.Add((partition, offset, value)))
                yield return new(AnomalyKind.OffsetWithTwoValues, $"offset {offset} of {partition} held {before} and {value}", [.. new[] { first, operation }.OfType<Operation>()]);
        }
    }

    private static IEnumerable<(PartitionName Partition, long Offset, long Value, Operation? Operation)> Sightings(CheckedRun run)
    {
        foreach (var partition in run.Contents.Partitions)
        {
            // A marker's offset holds no value: a record seen there is one too many.
            foreach (var entry in partition.Entries)
                yield return (partition.Name, entry.Offset, entry.Value, null);
        }

        foreach (var send in run.History.Sends)
        {
            if (send is { IsAcknowledged: true, Offset: { } offset })
                yield return (send.Partition, offset, send.Value, send);
        }

        foreach (var poll in run.History.Polls)
        {
            foreach (var record in poll.Records)
                yield return (poll.Partition, record.Offset, record.Value, poll);
        }
    }
}
