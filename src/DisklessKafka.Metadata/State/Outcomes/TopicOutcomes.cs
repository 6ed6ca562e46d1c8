using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

public enum CreateTopicStatus
{
    Created,
    AlreadyExists,

    /// <summary>Not 1 to 249 of the characters a–z, A–Z, 0–9, '.', '_' and '-', or just "." or "..".</summary>
    InvalidName,

    /// <summary>Differs from an existing name only in '.' and '_', which metric names cannot tell apart.</summary>
    NameCollides,

    /// <summary>Not 1 to <see cref="TopicRules.MaxPartitions"/>.</summary>
    InvalidPartitions,

    /// <summary>Another topic has this id: its maker has no randomness to speak of.</summary>
    IdInUse,
}

/// <param name="Topic">The one created.</param>
/// <param name="Other">The one it collides with, or the one that exists.</param>
public sealed record CreateTopicOutcome(TopicName Name, CreateTopicStatus Status, Topic? Topic, Topic? Other);

/// <param name="Topics">In the order of the command.</param>
public sealed record CreateTopicsOutcome(CreateTopicOutcome[] Topics);

public enum DeleteTopicStatus
{
    Deleted,

    /// <summary>No topic has this id, any more or yet.</summary>
    UnknownTopic,
}

public sealed record DeleteTopicOutcome(DeleteTopicStatus Status);

public enum CreatePartitionsStatus
{
    Created,
    UnknownTopic,

    /// <summary>The topic has at least as many already.</summary>
    NotAnIncrease,

    /// <summary>More than <see cref="TopicRules.MaxPartitions"/>.</summary>
    TooMany,
}

/// <param name="Count">How many the topic has now; 0 for an unknown one.</param>
public sealed record CreatePartitionsOutcome(CreatePartitionsStatus Status, int Count);

public enum DeleteRecordsStatus
{
    /// <summary>The log begins at the offset asked for, or later.</summary>
    Deleted,
    UnknownPartition,

    /// <summary>Past the high watermark, or below -1.</summary>
    OffsetOutOfRange,
}

/// <param name="LogStartOffset">The partition's now; -1 where there is none.</param>
public readonly record struct DeleteRecordsResult(DeleteRecordsStatus Status, long LogStartOffset);

/// <param name="Partitions">In the order of the command.</param>
public sealed record DeleteRecordsOutcome(DeleteRecordsResult[] Partitions);

public enum AlterConfigsStatus
{
    Altered,
    UnknownTopic,

    /// <summary>An operation that this version of the state does not know.</summary>
    InvalidOperation,
}

/// <param name="Resources">In the order of the command.</param>
public sealed record AlterConfigsOutcome(AlterConfigsStatus[] Resources);
