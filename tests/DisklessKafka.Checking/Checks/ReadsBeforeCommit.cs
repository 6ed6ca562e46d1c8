using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>Who reads committed records sees a transaction's only after its client asked to commit it.</summary>
internal static class ReadsBeforeCommit
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var poll in run.History.Polls.Where(poll => poll.IsReadCommitted))
        {
            foreach (var record in poll.Records)
            {
                if (run.TransactionOf(run.SendOf(record.Value)?.Transaction) is { MayBeCommitted: true } transaction && poll.Completed < transaction.CommitInvoked)
                    yield return new(AnomalyKind.ReadBeforeCommit, $"{record.Value} of transaction {transaction.Id} was read as committed before anybody asked for that", [poll, transaction]);
            }
        }
    }
}
