using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>A reader that went past an offset got the record there, if there is one for it.</summary>
internal static class SkippedRecords
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var polls in ReaderRuns.Of(run.History))
        {
            var position = polls[0].Position;
            foreach (var poll in polls)
            {
                if (Missed(run, poll, Math.Min(position, poll.Position)) is { } missed)
                    yield return missed;
                position = Math.Max(position, poll.NextPosition);
            }
        }
    }

    /// <summary>At most one anomaly a poll, with the first record that was missed and how many.</summary>
    private static Anomaly? Missed(CheckedRun run, Poll poll, long from)
    {
        HashSet<long>? seen = null;
        long? first = null;
        var count = 0;
        foreach (var entry in run.Partition(poll.Partition).Between(from, poll.NextPosition))
        {
            if (entry.Kind == ContentKind.Marker || (entry.Kind == ContentKind.AbortedRecord && poll.IsReadCommitted))
                continue;
            if ((seen ??= [.. poll.Records.Select(record => record.Offset)]).Contains(entry.Offset))
                continue;
            first ??= entry.Offset;
            count++;
        }

        return first is { } offset
            ? new(AnomalyKind.SkippedRecord, $"a reader of {poll.Partition} went from {from} to {poll.NextPosition} without the record at offset {offset}{(count > 1 ? $" and {count - 1} others" : "")}", [poll])
            : null;
    }
}
