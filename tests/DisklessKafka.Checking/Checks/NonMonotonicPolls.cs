using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>A reader gets records in the order of offsets, none from before its position, and its position only grows.</summary>
internal static class NonMonotonicPolls
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var polls in ReaderRuns.Of(run.History))
        {
            Poll? before = null;
            foreach (var poll in polls)
            {
                if (before is not null && poll.Position < before.NextPosition)
                    yield return new(AnomalyKind.NonMonotonicPoll, $"a reader of {poll.Partition} had its position set back from {before.NextPosition} to {poll.Position}", [before, poll]);
                if (FirstOutOfOrder(poll) is { } offset)
                    yield return new(AnomalyKind.NonMonotonicPoll, $"a reader of {poll.Partition} at {poll.Position} got offset {offset} out of order", [poll]);
                before = poll;
            }
        }
    }

    private static long? FirstOutOfOrder(Poll poll)
    {
        var next = poll.Position;
        foreach (var record in poll.Records)
        {
            if (record.Offset < next || record.Offset >= poll.NextPosition)
                return record.Offset;
            next = record.Offset + 1;
        }

        return null;
    }
}
