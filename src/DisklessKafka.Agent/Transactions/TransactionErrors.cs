using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Transactions;

/// <summary>
/// Turns what became of a transaction's command into Kafka's errors, one exhaustive mapping a status. Old clients know no
/// PRODUCER_FENCED, but the error that it took the place of; from which version on, each API says.
/// </summary>
internal static class TransactionErrors
{
    /// <summary>For a command without an outcome: the client looks for its coordinator again and repeats. All of these are safe to repeat.</summary>
    public static ErrorCode Of(AppendStatus status) => status switch
    {
        AppendStatus.Applied => ErrorCode.None,
        AppendStatus.NotAppended or AppendStatus.OutcomeUnknown or AppendStatus.SessionEnded => ErrorCode.CoordinatorNotAvailable,
        AppendStatus.LevelTooLow => ErrorCode.UnsupportedVersion,
    };

    public static ErrorCode Of(TransactionStatus status, bool knowsFenced) => status switch
    {
        TransactionStatus.Done => ErrorCode.None,
        TransactionStatus.UnknownProducer => ErrorCode.InvalidProducerIdMapping,
        TransactionStatus.Fenced => knowsFenced ? ErrorCode.ProducerFenced : ErrorCode.InvalidProducerEpoch,
        TransactionStatus.InvalidState => ErrorCode.InvalidTxnState,
        TransactionStatus.UnknownPartition => ErrorCode.UnknownTopicOrPartition,
    };

    public static ErrorCode Of(InitTransactionsStatus status, bool knowsFenced) => status switch
    {
        InitTransactionsStatus.Begun => ErrorCode.None,
        InitTransactionsStatus.Fenced => knowsFenced ? ErrorCode.ProducerFenced : ErrorCode.InvalidProducerEpoch,
        InitTransactionsStatus.InvalidTimeout => ErrorCode.InvalidTransactionTimeout,
        InitTransactionsStatus.TooMany => ErrorCode.CoordinatorNotAvailable, // until something that is open ends
    };

    public static ErrorCode Of(AbortTransactionStatus status) => status switch
    {
        AbortTransactionStatus.Aborted or AbortTransactionStatus.NothingOpen => ErrorCode.None,
        AbortTransactionStatus.StaleEpoch => ErrorCode.InvalidProducerEpoch,
        AbortTransactionStatus.UnknownPartition => ErrorCode.UnknownTopicOrPartition,
    };
}
