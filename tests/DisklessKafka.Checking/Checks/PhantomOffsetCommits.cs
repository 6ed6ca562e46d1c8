using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>A committed offset is one that somebody committed: not refused, and not in a transaction that did not commit.</summary>
internal static class PhantomOffsetCommits
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var commits = run.History.OffsetCommits.ToLookup(commit => (commit.Group, commit.Partition));
        foreach (var fetches in run.History.OffsetFetches.Where(fetch => fetch.IsAcknowledged).GroupBy(fetch => (fetch.Group, fetch.Partition)))
        {
            var committed = new CommittedOffsets(run, commits[fetches.Key]);
            foreach (var fetch in fetches)
            {
                if (fetch.Offset is { } offset && committed.Possible(offset, fetch.Completed) is null)
                    yield return new(AnomalyKind.PhantomOffsetCommit, $"group {fetch.Group} has offset {offset} of {fetch.Partition}, which nobody committed", [fetch, .. commits[fetches.Key].Where(commit => commit.Offset == offset)]);
            }
        }
    }
}
