using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>Of a transaction everything is visible or nothing.</summary>
internal static class TornTransactions
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var writes in run.History.Sends.Where(send => send.Transaction is not null).GroupBy(send => send.Transaction))
        {
            var visible = writes.FirstOrDefault(send => IsThere(run, send) == true);
            var hidden = writes.FirstOrDefault(send => IsThere(run, send) == false);
            if (visible is not null && hidden is not null && run.TransactionOf(writes.Key) is { } transaction)
                yield return new(AnomalyKind.TornTransaction, $"of transaction {writes.Key}, {visible.Value} is there and {hidden.Value} is not", [transaction, visible, hidden]);
        }
    }

    /// <returns>Null where its absence tells nothing: it was never acknowledged, or was deleted since.</returns>
    private static bool? IsThere(CheckedRun run, Send send)
    {
        if (run.Places.TryGetValue(send.Value, out var place))
            return place.IsVisible;
        var partition = run.Partition(send.Partition);
        var mayBeDeleted = send.Offset is not { } offset || partition.IsRemoved(offset) || partition.IsCompacted;
        return send.IsAcknowledged && !mayBeDeleted ? false : null;
    }
}
