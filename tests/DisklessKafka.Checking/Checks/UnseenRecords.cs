using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>Once all faults were healed, whoever follows a partition gets to its end.</summary>
internal static class UnseenRecords
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        if (run.History is not { Healed: not null, Stopped: not null })
            yield break;
        var last = new Dictionary<(long, PartitionName), Poll>();
        foreach (var poll in run.History.Polls)
        {
            if (!last.TryGetValue((poll.Reader, poll.Partition), out var before) || before.NextPosition < poll.NextPosition)
                last[(poll.Reader, poll.Partition)] = poll;
        }

        foreach (var follow in run.History.Follows.Where(follow => !run.History.Ended.ContainsKey(follow.Client)))
        {
            var poll = last.GetValueOrDefault((follow.Reader, follow.Partition));
            var position = poll?.NextPosition ?? follow.Position;
            if (FirstFrom(run, follow, position) is { } offset)
                yield return new(AnomalyKind.UnseenAfterHeal, $"client {follow.Client} followed {follow.Partition} up to {position} and never saw offset {offset}", poll is null ? [] : [poll]);
        }
    }

    private static long? FirstFrom(CheckedRun run, Follow follow, long position)
    {
        foreach (var entry in run.Partition(follow.Partition).Between(position, Operation.Never))
        {
            if (entry.Kind == ContentKind.Record || (entry.Kind == ContentKind.AbortedRecord && !follow.IsReadCommitted))
                return entry.Offset;
        }

        return null;
    }
}
