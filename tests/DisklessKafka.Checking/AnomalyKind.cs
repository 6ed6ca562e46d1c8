namespace DisklessKafka.Checking;

/// <summary>The promises a history can break. Each has a file of its own in <c>Checks</c>.</summary>
public enum AnomalyKind
{
    /// <summary>Acknowledged, its transaction committed if it has one, and not there.</summary>
    LostWrite,

    /// <summary>A reader saw it, and it is there no more.</summary>
    LostRead,

    /// <summary>There more than once, though its producer is idempotent or transactional.</summary>
    Duplicate,

    /// <summary>A producer's records in a partition, or writes of which one ended before the other began, do not stand in that order.</summary>
    Reordered,

    /// <summary>Acknowledged with an offset at which it is not, and there at another.</summary>
    Moved,

    /// <summary>There, and nobody sent it.</summary>
    NeverSent,

    /// <summary>There, though its producer was told for certain that it was refused.</summary>
    RefusedYetThere,

    /// <summary>One offset held different values at different times or for different readers.</summary>
    OffsetWithTwoValues,

    /// <summary>Offsets are missing that neither a marker nor deletion nor compaction explains.</summary>
    OffsetGap,

    /// <summary>A high watermark, last stable offset or log start, once seen, was later seen lower.</summary>
    WentBackwards,

    /// <summary>A reader went past a record without getting it.</summary>
    SkippedRecord,

    /// <summary>A reader got records out of order, from before its position, or had its position set back.</summary>
    NonMonotonicPoll,

    /// <summary>A reader of committed records saw one of a transaction that nobody committed.</summary>
    AbortedRead,

    /// <summary>A reader of committed records saw one before anybody asked to commit it.</summary>
    ReadBeforeCommit,

    /// <summary>Part of a transaction is there and part of it is not.</summary>
    TornTransaction,

    /// <summary>A committed offset was lost or replaced by an older one.</summary>
    LostOffsetCommit,

    /// <summary>A committed offset was read that nobody committed, or only a transaction that did not commit.</summary>
    PhantomOffsetCommit,

    /// <summary>Two outcomes of one record stand as committed, though each came with its group's offset in one transaction.</summary>
    ProcessedTwice,

    /// <summary>A group's outcomes go on behind a record of which there is none.</summary>
    NotProcessed,

    /// <summary>Two members of a group own a partition in one generation.</summary>
    TwoOwners,

    /// <summary>A follower did not get to see everything though all faults had been healed.</summary>
    UnseenAfterHeal,

    /// <summary>A client got nothing done any more after all faults had been healed, or waits forever.</summary>
    StuckClient,
}
