using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>What a reader once saw stays.</summary>
internal static class LostReads
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var reported = new HashSet<(PartitionName, long)>();
        foreach (var poll in run.History.Polls)
        {
            var partition = run.Partition(poll.Partition);
            if (partition.IsCompacted)
                continue;
            foreach (var record in poll.Records)
            {
                if (partition.Find(record.Offset) is null && !partition.IsRemoved(record.Offset) && reported.Add((poll.Partition, record.Offset)))
                    yield return new(AnomalyKind.LostRead, $"{record.Value} was read at offset {record.Offset} of {poll.Partition}, where now is nothing", [poll]);
            }
        }
    }
}
