using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>Who reads committed records sees none of a transaction that was aborted, or that nobody asked to commit.</summary>
internal static class AbortedReads
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var poll in run.History.Polls.Where(poll => poll.IsReadCommitted))
        {
            foreach (var record in poll.Records)
            {
                if (run.Partition(poll.Partition).Find(record.Offset) is { Kind: ContentKind.AbortedRecord })
                    yield return new(AnomalyKind.AbortedRead, $"{record.Value} at offset {record.Offset} of {poll.Partition} was read as committed and is aborted", [poll]);
                else if (UncommittedOf(run, record.Value) is { } transaction)
                    yield return new(AnomalyKind.AbortedRead, $"{record.Value} of transaction {transaction.Id} was read as committed", [poll, transaction]);
            }
        }

        foreach (var (value, place) in run.Places.Where(item => item.Value.IsVisible))
        {
            if (UncommittedOf(run, value) is { } transaction)
                yield return new(AnomalyKind.AbortedRead, $"{value} of transaction {transaction.Id} stands as committed at {place}", [run.SendOf(value)!, transaction]);
        }
    }

    private static Transaction? UncommittedOf(CheckedRun run, long value) =>
        run.TransactionOf(run.SendOf(value)?.Transaction) is { MayBeCommitted: false } transaction ? transaction : null;
}
