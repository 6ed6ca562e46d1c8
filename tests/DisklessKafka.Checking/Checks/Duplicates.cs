using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>
/// No value of an idempotent producer is there twice. A producer without idempotence may repeat what it retried; what it was told
/// of at the first try it had no reason to.
/// </summary>
internal static class Duplicates
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var partition in run.Contents.Partitions)
        {
            foreach (var entry in partition.Entries.Where(entry => entry.Kind != ContentKind.Marker))
            {
                var first = run.Places[entry.Value];
                var isFirst = first.Partition == partition.Name && first.Offset == entry.Offset;
                if (!isFirst && run.SendOf(entry.Value) is null or { IsIdempotent: true })
                    yield return Describe(run.SendOf(entry.Value), entry, partition.Name, first);
            }
        }
    }

    private static Anomaly Describe(Send? send, ContentEntry entry, PartitionName partition, Place first) =>
        new(AnomalyKind.Duplicate, $"{entry.Value} is at {first} and at offset {entry.Offset} of {partition}", send is null ? [] : [send]);
}
