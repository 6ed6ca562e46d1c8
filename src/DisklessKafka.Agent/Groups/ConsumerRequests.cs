using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Groups;

/// <summary>What is wrong with a ConsumerGroupHeartbeat whatever the group is like, in Kafka's words.</summary>
internal static class ConsumerRequests
{
    private const short OwnMemberIdVersion = 1;
    private const long MaxSubscriptionBytes = 1 << 20; // it goes into the metadata log: as much as a classic member may say

    /// <summary>It tells everything: the member does not know what the group knows of it, and is told everything too.</summary>
    public static bool IsFull(ConsumerGroupHeartbeatRequest request) =>
        request is { RebalanceTimeoutMs: not -1, TopicPartitions: not null } && (request.SubscribedTopicNames is not null || request.SubscribedTopicRegex is not null);

    public static (ErrorCode Error, string? Message) Check(ConsumerGroupHeartbeatRequest request, short version)
    {
        if (Flaw(request, version) is { } flaw) return (ErrorCode.InvalidRequest, flaw);
        if (request.ServerAssignor is { } assignor && !Assignors.IsKnown(assignor))
            return (ErrorCode.UnsupportedAssignor, $"ServerAssignor {assignor} is not supported. Supported assignors: {Assignors.Uniform}, {Assignors.Range}.");
        return request.SubscribedTopicRegex is { Length: > 0 } regex && TopicPatterns.Validate(regex) is { } refusal ? (ErrorCode.InvalidRegularExpression, refusal) : (ErrorCode.None, null);
    }

    private static string? Flaw(ConsumerGroupHeartbeatRequest request, short version)
    {
        if (request.GroupId.Value.Length == 0) return "GroupId can't be empty.";
        if (request.InstanceId is "") return "InstanceId can't be empty.";
        if (request.RackId is "") return "RackId can't be empty.";
        if (request.MemberEpoch < ConsumerMember.AwayEpoch) return "MemberEpoch is invalid.";
        if (request.MemberEpoch == ConsumerMember.AwayEpoch && request.InstanceId is null) return "InstanceId can't be null.";
        if (request.MemberId.Length == 0 && (version >= OwnMemberIdVersion || request.MemberEpoch != ConsumerMember.JoinEpoch)) return "MemberId can't be empty.";
        if (request.SubscribedTopicNames is { } names && names.Sum(name => (long)name.Value.Length) > MaxSubscriptionBytes) return "SubscribedTopicNames is too long.";
        if (request.MemberEpoch != ConsumerMember.JoinEpoch) return null;
        if (request.RebalanceTimeoutMs == -1) return "RebalanceTimeoutMs must be provided in first request.";
        if (request.TopicPartitions is not { Count: 0 }) return "TopicPartitions must be empty when (re-)joining.";
        return request.SubscribedTopicNames is null && request.SubscribedTopicRegex is null
            ? "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining."
            : null;
    }
}
