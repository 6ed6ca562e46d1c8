using DisklessKafka.Checking.Checks;
using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking;

/// <summary>
/// Holds what clients saw, and what is there in the end, against what Kafka promises them. It needs no knowledge of the broker:
/// the same history, taken from any Kafka, gives the same answer. Time and memory grow with the history as n log n at most.
/// </summary>
public static class HistoryChecker
{
    /// <returns>Every anomaly, in a stable order; empty when all promises were kept.</returns>
    /// <exception cref="ArgumentException">The history contradicts itself, as by two sends of one value: nothing can be told from it.</exception>
    public static IReadOnlyList<Anomaly> Check(History history, Contents contents)
    {
        var run = new CheckedRun(history, contents);
        return
        [
            .. LostWrites.Find(run),
            .. LostReads.Find(run),
            .. Duplicates.Find(run),
            .. Reorderings.Find(run),
            .. MovedWrites.Find(run),
            .. UnsentRecords.Find(run),
            .. RefusedWrites.Find(run),
            .. OffsetsWithTwoValues.Find(run),
            .. OffsetGaps.Find(run),
            .. BackwardWatermarks.Find(run),
            .. SkippedRecords.Find(run),
            .. NonMonotonicPolls.Find(run),
            .. AbortedReads.Find(run),
            .. ReadsBeforeCommit.Find(run),
            .. TornTransactions.Find(run),
            .. LostOffsetCommits.Find(run),
            .. PhantomOffsetCommits.Find(run),
            .. Processing.Find(run),
            .. TwoOwners.Find(run),
            .. UnseenRecords.Find(run),
            .. StuckClients.Find(run),
        ];
    }
}
