using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>
/// Who fetches a committed offset gets the last one committed before, or one that was being committed meanwhile; nothing older than
/// what had been committed, or fetched, before it asked.
/// </summary>
internal static class LostOffsetCommits
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var commits = run.History.OffsetCommits.ToLookup(commit => (commit.Group, commit.Partition));
        foreach (var fetches in run.History.OffsetFetches.Where(fetch => fetch.IsAcknowledged).GroupBy(fetch => (fetch.Group, fetch.Partition)))
        {
            foreach (var anomaly in Find([.. fetches.OrderBy(fetch => fetch.Invoked)], new CommittedOffsets(run, commits[fetches.Key])))
                yield return anomaly;
        }
    }

    private static IEnumerable<Anomaly> Find(OffsetFetch[] fetches, CommittedOffsets committed)
    {
        var floor = new RealTimeFloor([.. committed.Definite, .. Seen(fetches, committed)]);
        foreach (var fetch in fetches)
        {
            floor.AdvanceTo(fetch.Invoked);
            if (floor.Highest is { } before && LatestOf(fetch, committed) is { } latest && latest < before.Value)
                yield return new(AnomalyKind.LostOffsetCommit, $"group {fetch.Group} has {Name(fetch)} of {fetch.Partition}, older than what was known before", [before.Operation, fetch]);
        }
    }

    /// <summary>A fetch shows a commit also where its client was told nothing.</summary>
    private static IEnumerable<(long Value, Operation Operation)> Seen(OffsetFetch[] fetches, CommittedOffsets committed)
    {
        foreach (var fetch in fetches)
        {
            if (fetch.Offset is { } offset && committed.Possible(offset, fetch.Completed) is { } effect)
                yield return (effect.From, fetch);
        }
    }

    /// <returns>The last moment at which what was fetched may have been committed; null for what nobody committed, which is told elsewhere.</returns>
    private static long? LatestOf(OffsetFetch fetch, CommittedOffsets committed) =>
        fetch.Offset is { } offset ? committed.Possible(offset, fetch.Completed)?.To : long.MinValue;

    private static string Name(OffsetFetch fetch) => fetch.Offset is { } offset ? $"offset {offset}" : "no offset";
}
