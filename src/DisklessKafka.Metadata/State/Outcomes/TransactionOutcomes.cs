namespace DisklessKafka.Metadata.State;

public enum InitTransactionsStatus
{
    /// <summary>The producer may begin; whoever had the transactional id before is fenced.</summary>
    Begun,

    /// <summary>The producer that wanted to go on is not the one that has the transactional id.</summary>
    Fenced,

    /// <summary>A transaction needs a time-out.</summary>
    InvalidTimeout,

    /// <summary>There are as many transactional ids as there may be, and all have something open.</summary>
    TooMany,
}

/// <param name="ProducerId">-1 unless begun; so is the epoch.</param>
public sealed record InitTransactionsOutcome(InitTransactionsStatus Status, long ProducerId, short Epoch);

public enum TransactionStatus
{
    Done,

    /// <summary>The transactional id is not known, or another producer id has it.</summary>
    UnknownProducer,

    /// <summary>The producer's epoch is not the one that counts.</summary>
    Fenced,

    /// <summary>What is open, or not, does not allow it.</summary>
    InvalidState,

    /// <summary>At least one partition is gone or never was; nothing was done.</summary>
    UnknownPartition,
}

/// <param name="IsKnown">For each partition of the command, whether it exists; empty where it was not looked at.</param>
public sealed record AddToTransactionOutcome(TransactionStatus Status, bool[] IsKnown);

/// <param name="ProducerId">To go on with; -1 unless done.</param>
/// <param name="Epoch">To go on with; -1 unless done.</param>
public sealed record EndTransactionOutcome(TransactionStatus Status, long ProducerId, short Epoch);

/// <param name="Status">As far as the transaction is concerned.</param>
/// <param name="Member">As far as the group is concerned.</param>
/// <param name="IsKnown">For each offset, whether its partition exists and the offset waits for the transaction's end.</param>
public sealed record CommitTransactionOffsetsOutcome(TransactionStatus Status, CommitOffsetsStatus Member, bool[] IsKnown);

public enum AbortTransactionStatus : byte
{
    /// <summary>The whole transaction, in all its partitions.</summary>
    Aborted,

    /// <summary>The producer has nothing open in that partition: there is nothing to do.</summary>
    NothingOpen,

    /// <summary>The partition has seen a newer epoch of that producer.</summary>
    StaleEpoch,
    UnknownPartition,
}

/// <param name="Statuses">For each target.</param>
public sealed record AbortTransactionsOutcome(AbortTransactionStatus[] Statuses);
