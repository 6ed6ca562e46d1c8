using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>What was acknowledged, and committed where it is part of a transaction, is there for every reader.</summary>
internal static class LostWrites
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var newest = NewestOfKeys(run);
        foreach (var send in run.History.Sends.Where(send => MustBeThere(run, send)))
        {
            var told = send.Offset is { } offset ? $"was acknowledged at offset {offset} of {send.Partition}" : $"was acknowledged in {send.Partition}";
            if (!run.Places.TryGetValue(send.Value, out var place))
            {
                if (!IsExcused(run, send, newest))
                    yield return new(AnomalyKind.LostWrite, $"{send.Value} {told} and is not there", [send]);
            }
            else if (place.Partition != send.Partition)
            {
                yield return new(AnomalyKind.LostWrite, $"{send.Value} {told} and is in {place.Partition}", [send]);
            }
            else if (!place.IsVisible)
            {
                yield return new(AnomalyKind.LostWrite, $"{send.Value} {told} and is hidden as if its transaction had been aborted", WithTransaction(run, send));
            }
        }
    }

    private static bool MustBeThere(CheckedRun run, Send send) =>
        send.IsAcknowledged && run.TransactionOf(send.Transaction) is null or { Verdict: Verdict.Committed };

    private static Operation[] WithTransaction(CheckedRun run, Send send) =>
        run.TransactionOf(send.Transaction) is { } transaction ? [send, transaction] : [send];

    /// <summary>Deleted on purpose, or compacted away. A write without a known offset may have been deleted if anything was.</summary>
    private static bool IsExcused(CheckedRun run, Send send, Dictionary<(PartitionName, long), Send> newest)
    {
        var partition = run.Partition(send.Partition);
        if (send.Offset is { } offset ? partition.IsRemoved(offset) : run.Contents[send.Partition].Removed.Count > 0)
            return true;
        return partition.IsCompacted && send is { Key: { } key, Offset: not null }
            && (send.IsTombstone || newest[(send.Partition, key)] != send);
    }

    /// <summary>The write that compaction must keep for each key: the last one that was acknowledged.</summary>
    private static Dictionary<(PartitionName, long), Send> NewestOfKeys(CheckedRun run)
    {
        var newest = new Dictionary<(PartitionName, long), Send>();
        foreach (var send in run.History.Sends)
        {
            if (send is { Key: { } key, Offset: { } offset } && MustBeThere(run, send)
                && (!newest.TryGetValue((send.Partition, key), out var other) || other.Offset < offset))
            {
                newest[(send.Partition, key)] = send;
            }
        }

        return newest;
    }
}
