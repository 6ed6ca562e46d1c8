namespace DisklessKafka.Agent.Write;

/// <summary>The expected outcomes of a write, from the check of its bytes to the state's verdict.</summary>
public enum WriteStatus
{
    /// <summary>In object storage and in the log.</summary>
    Committed,

    /// <summary>Certainly not written, and a repeat may succeed: the segment could not be stored, or this agent's session had ended.</summary>
    NotStored,

    /// <summary>It may or may not be written: its time ran out before the answer was known.</summary>
    TimedOut,

    /// <summary>The topic or partition is gone by the time of the commit.</summary>
    UnknownPartition,

    /// <summary>The sequence does not follow the producer's last one.</summary>
    OutOfOrderSequence,

    /// <summary>A newer epoch of this producer is known.</summary>
    InvalidProducerEpoch,

    /// <summary>The partition is not part of the transaction that its producer has open.</summary>
    NotInTransaction,

    /// <summary>The batch is part of no transaction, and its producer has one open in the partition.</summary>
    OutsideTransaction,

    /// <summary>The batch is part of a transaction, and no transactional id has this producer id.</summary>
    UnknownProducer,
}
