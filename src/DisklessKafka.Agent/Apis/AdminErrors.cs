using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>Turns what became of a command into Kafka's errors for admin requests, one exhaustive mapping a status.</summary>
internal static class AdminErrors
{
    /// <summary>For a command that has no outcome. All of these are safe to try again: topics are created once, configurations set twice are the same.</summary>
    public static (ErrorCode Error, string? Message) Of(AppendStatus status) => status switch
    {
        AppendStatus.Applied => (ErrorCode.None, null),
        AppendStatus.NotAppended => (ErrorCode.RequestTimedOut, "The metadata log did not take the change in time; nothing was changed."),
        AppendStatus.OutcomeUnknown => (ErrorCode.RequestTimedOut, "The metadata log did not answer in time; the change may still happen."),
        AppendStatus.SessionEnded => (ErrorCode.NotController, "This agent was counted as dead and is coming back; nothing was changed."),
        AppendStatus.LevelTooLow => (ErrorCode.UnsupportedVersion, "The cluster's feature level does not include this change yet."),
    };

    public static ErrorCode Of(ConfigAlterationStatus status) => status switch
    {
        ConfigAlterationStatus.Ok => ErrorCode.None,
        ConfigAlterationStatus.InvalidConfig => ErrorCode.InvalidConfig,
        ConfigAlterationStatus.InvalidRequest => ErrorCode.InvalidRequest,
    };

    public static (ErrorCode Error, string? Message) Of(AlterConfigsStatus status) => status switch
    {
        AlterConfigsStatus.Altered => (ErrorCode.None, null),
        AlterConfigsStatus.UnknownTopic => (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic."),
        AlterConfigsStatus.InvalidOperation => (ErrorCode.InvalidRequest, "Unknown operation."),
    };

    public static (ErrorCode Error, string? Message) Of(CreateTopicOutcome outcome) => outcome.Status switch
    {
        CreateTopicStatus.Created => (ErrorCode.None, null),
        CreateTopicStatus.AlreadyExists => (ErrorCode.TopicAlreadyExists, $"Topic '{outcome.Name}' already exists."),
        CreateTopicStatus.InvalidName => (ErrorCode.InvalidTopicException, TopicNames.Rule),
        CreateTopicStatus.NameCollides => (ErrorCode.InvalidTopicException, $"Topic '{outcome.Name}' collides with existing topic: {outcome.Other?.Name}"),
        CreateTopicStatus.InvalidPartitions => (ErrorCode.InvalidPartitions, TopicNames.PartitionRule),
        CreateTopicStatus.IdInUse => (ErrorCode.UnknownServerError, "The topic id is in use already."),
    };

    public static (ErrorCode Error, string? Message) Of(CreatePartitionsOutcome outcome, int asked) => outcome.Status switch
    {
        CreatePartitionsStatus.Created => (ErrorCode.None, null),
        CreatePartitionsStatus.UnknownTopic => (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic."),
        CreatePartitionsStatus.NotAnIncrease when outcome.Count == asked => (ErrorCode.InvalidPartitions, $"Topic already has {asked} partition(s)."),
        CreatePartitionsStatus.NotAnIncrease => (ErrorCode.InvalidPartitions, $"The topic currently has {outcome.Count} partition(s); {asked} would not be an increase."),
        CreatePartitionsStatus.TooMany => (ErrorCode.InvalidPartitions, TopicNames.PartitionRule),
    };

    public static ErrorCode Of(DeleteTopicStatus status) => status switch
    {
        DeleteTopicStatus.Deleted => ErrorCode.None,
        DeleteTopicStatus.UnknownTopic => ErrorCode.UnknownTopicOrPartition,
    };

    public static ErrorCode Of(DeleteRecordsStatus status) => status switch
    {
        DeleteRecordsStatus.Deleted => ErrorCode.None,
        DeleteRecordsStatus.UnknownPartition => ErrorCode.UnknownTopicOrPartition,
        DeleteRecordsStatus.OffsetOutOfRange => ErrorCode.OffsetOutOfRange,
    };
}

internal static class TopicNames
{
    public static readonly string Rule =
        $"Topic name is invalid: it must be 1 to {TopicRules.MaxNameLength} of the characters a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..'";

    public static readonly string PartitionRule = $"Number of partitions must be from 1 to {TopicRules.MaxPartitions}.";

    /// <summary>New ones, over all topics of a request; Kafka's own bound.</summary>
    public const int MaxPartitionsPerRequest = 10_000;

    public static readonly string RequestRule = $"Excessively large number of partitions per request: at most {MaxPartitionsPerRequest}.";

    /// <summary>Of Kafka's controllers; no client may have it.</summary>
    public const string ControllerLog = "__cluster_metadata";
}
