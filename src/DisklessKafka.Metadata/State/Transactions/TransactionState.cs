namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>
/// Where a transactional id stands, in Kafka's words. Kafka's Prepare states never are: to end a transaction is one step.
/// </summary>
public enum TransactionState : byte
{
    /// <summary>Its producer has begun nothing yet.</summary>
    Empty,
    Ongoing,
    CompleteCommit,
    CompleteAbort,
}
