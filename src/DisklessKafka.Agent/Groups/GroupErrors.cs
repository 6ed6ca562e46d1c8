using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Groups;

/// <summary>Turns what became of a group's command into Kafka's errors, one exhaustive mapping a status.</summary>
internal static class GroupErrors
{
    /// <summary>For a command without an outcome: the client looks for its coordinator again and repeats. All of these are safe to repeat.</summary>
    public static ErrorCode Of(AppendStatus status) => status switch
    {
        AppendStatus.Applied => ErrorCode.None,
        AppendStatus.NotAppended or AppendStatus.OutcomeUnknown or AppendStatus.SessionEnded => ErrorCode.CoordinatorNotAvailable,
        AppendStatus.LevelTooLow => ErrorCode.UnsupportedVersion,
    };

    public static ErrorCode Of(JoinGroupStatus status) => status switch
    {
        JoinGroupStatus.Waiting or JoinGroupStatus.Joined => ErrorCode.None,
        JoinGroupStatus.IdRequired => ErrorCode.MemberIdRequired,
        JoinGroupStatus.UnknownMember => ErrorCode.UnknownMemberId,
        JoinGroupStatus.FencedInstance => ErrorCode.FencedInstanceId,
        JoinGroupStatus.InconsistentProtocol or JoinGroupStatus.OtherKind => ErrorCode.InconsistentGroupProtocol,
        JoinGroupStatus.GroupFull => ErrorCode.GroupMaxSizeReached,
    };

    public static ErrorCode Of(SyncGroupStatus status) => status switch
    {
        SyncGroupStatus.Synced or SyncGroupStatus.NotTheLeader => ErrorCode.None,
        SyncGroupStatus.UnknownMember => ErrorCode.UnknownMemberId,
        SyncGroupStatus.IllegalGeneration => ErrorCode.IllegalGeneration,
        SyncGroupStatus.RebalanceInProgress => ErrorCode.RebalanceInProgress,
    };

    public static ErrorCode Of(LeaveStatus status) => status switch
    {
        LeaveStatus.Left => ErrorCode.None,
        LeaveStatus.UnknownMember => ErrorCode.UnknownMemberId,
        LeaveStatus.FencedInstance => ErrorCode.FencedInstanceId,
    };

    public static ErrorCode Of(MemberIdentity identity) => identity switch
    {
        MemberIdentity.Known => ErrorCode.None,
        MemberIdentity.Unknown => ErrorCode.UnknownMemberId,
        MemberIdentity.Fenced => ErrorCode.FencedInstanceId,
    };

    public static ErrorCode Of(CommitOffsetsStatus status) => status switch
    {
        CommitOffsetsStatus.Committed => ErrorCode.None,
        CommitOffsetsStatus.UnknownMember => ErrorCode.UnknownMemberId,
        CommitOffsetsStatus.FencedInstance => ErrorCode.FencedInstanceId,
        CommitOffsetsStatus.IllegalGeneration => ErrorCode.IllegalGeneration,
        CommitOffsetsStatus.RebalanceInProgress => ErrorCode.RebalanceInProgress,
        CommitOffsetsStatus.StaleMemberEpoch => ErrorCode.StaleMemberEpoch,
    };

    public static (ErrorCode Error, string? Message) Of(ConsumerHeartbeatStatus status, GroupId group) => status switch
    {
        ConsumerHeartbeatStatus.Done => (ErrorCode.None, null),
        ConsumerHeartbeatStatus.UnknownMember => (ErrorCode.UnknownMemberId, $"The member is not one of the group {group}: it must join again."),
        ConsumerHeartbeatStatus.FencedEpoch => (ErrorCode.FencedMemberEpoch, "The member epoch is not the group's: the member must abandon all its partitions and join again."),
        ConsumerHeartbeatStatus.FencedInstance => (ErrorCode.FencedInstanceId, "Another member holds the static name by now."),
        ConsumerHeartbeatStatus.UnreleasedInstance => (ErrorCode.UnreleasedInstanceId, "Another member holds the static name: it has to leave first."),
        ConsumerHeartbeatStatus.GroupFull => (ErrorCode.GroupMaxSizeReached, "The group has as many members as it may have."),
        ConsumerHeartbeatStatus.OtherKind => (ErrorCode.GroupIdNotFound, $"Group {group} is not a consumer group, and cannot become one."),
    };

    public static ErrorCode Of(DeleteGroupStatus status) => status switch
    {
        DeleteGroupStatus.Deleted => ErrorCode.None,
        DeleteGroupStatus.UnknownGroup => ErrorCode.GroupIdNotFound,
        DeleteGroupStatus.NotEmpty => ErrorCode.NonEmptyGroup,
    };

    public static ErrorCode Of(DeleteOffsetsStatus status) => status switch
    {
        DeleteOffsetsStatus.Deleted => ErrorCode.None,
        DeleteOffsetsStatus.UnknownGroup => ErrorCode.GroupIdNotFound,
        DeleteOffsetsStatus.NotEmpty => ErrorCode.NonEmptyGroup,
    };
}
