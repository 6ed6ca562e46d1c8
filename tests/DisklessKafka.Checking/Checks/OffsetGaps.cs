using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>A partition's offsets are 0, 1, 2, … but for what was deleted or compacted away.</summary>
internal static class OffsetGaps
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var contents in run.Contents.Partitions.Where(contents => !contents.IsCompacted))
        {
            var partition = run.Partition(contents.Name);
            var next = 0L;
            foreach (var entry in contents.Entries)
            {
                var expected = partition.AfterRemoved(next);
                // What was deleted may still be found by a reader that was quick.
                if (entry.Offset != next && entry.Offset != expected)
                    yield return new(AnomalyKind.OffsetGap, $"{contents.Name} goes on at offset {entry.Offset} where {expected} was due", []);
                next = Math.Max(next, entry.Offset + 1);
            }
        }
    }
}
