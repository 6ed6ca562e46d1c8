namespace DisklessKafka.Metadata.State;

/// <summary>What became of one batch, or of one run of batches without producer ids.</summary>
public enum BatchStatus : byte
{
    /// <summary>It has its offsets.</summary>
    Appended,

    /// <summary>One of its producer's last five batches here: it has the offsets it got then, and nothing moved.</summary>
    Duplicate,

    /// <summary>Its sequence does not follow its producer's last one.</summary>
    OutOfOrderSequence,

    /// <summary>Its producer is already at a later epoch.</summary>
    StaleProducerEpoch,

    /// <summary>It says that it is part of a transaction, and its partition is not part of the one its producer has open.</summary>
    NotInTransaction,

    /// <summary>It is part of no transaction, and its producer has one open in this partition.</summary>
    OutsideTransaction,

    /// <summary>It says that it is part of a transaction, and no transactional id has this producer id.</summary>
    UnknownProducer,

    /// <summary>The topic was deleted, or never had such a partition.</summary>
    UnknownPartition,

    /// <summary>The segment was not committed as a whole; see <see cref="CommitOutcome.Status"/>.</summary>
    NotCommitted,
}

/// <param name="BaseOffset">Of the first record; -1 unless appended or a duplicate.</param>
/// <param name="LogStartOffset">The partition's; -1 where there is none.</param>
public readonly record struct BatchOutcome(BatchStatus Status, long BaseOffset, long LogStartOffset);

public enum CommitStatus : byte
{
    /// <summary>Each batch has its own outcome.</summary>
    Committed,

    /// <summary>The session has committed this segment or a later one before: nothing was done.</summary>
    OutOfOrderSegment,

    /// <summary>No writer makes such a command: counts that do not add up, empty batches, bytes past the object's end. Nothing was done.</summary>
    Malformed,
}

/// <param name="Batches">In the order of the command's batches.</param>
public sealed record CommitOutcome(CommitStatus Status, BatchOutcome[] Batches);
