using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;

namespace DisklessKafka.Metadata.State;

public enum JoinGroupStatus
{
    /// <summary>It is a member and will be in the next generation: the answer comes with that.</summary>
    Waiting,

    /// <summary>It is in this generation already: answered at once.</summary>
    Joined,

    /// <summary>It is to come again with the id it was given.</summary>
    IdRequired,
    UnknownMember,
    FencedInstance,
    InconsistentProtocol,
    GroupFull,

    /// <summary>The group is of another kind.</summary>
    OtherKind,
}

/// <param name="MemberId">The member's from now on.</param>
public sealed record JoinGroupOutcome(JoinGroupStatus Status, string MemberId)
{
    /// <summary>What to answer from, if it is answered at once.</summary>
    public ClassicGroup? Group { get; init; }

    /// <summary>The same in a consumer group, where every join is.</summary>
    public ConsumerMember? Member { get; init; }

    /// <summary>Whom the member shall take for the leader.</summary>
    public string Leader { get; init; } = "";

    /// <summary>The member leads and keeps the assignment that there is.</summary>
    public bool SkipsAssignment { get; init; }
}

public enum SyncGroupStatus
{
    Synced,

    /// <summary>Another member assigns: wait for it.</summary>
    NotTheLeader,
    UnknownMember,
    IllegalGeneration,
    RebalanceInProgress,
}

public sealed record SyncGroupOutcome(SyncGroupStatus Status);

public enum LeaveStatus
{
    Left,
    UnknownMember,
    FencedInstance,
}

/// <param name="Members">In the order of the command's.</param>
public sealed record LeaveGroupOutcome(LeaveStatus[] Members);

public enum MemberStatus
{
    Done,

    /// <summary>There is no such member, or it is looked after elsewhere by now.</summary>
    NotHere,
}

public sealed record MemberOutcome(MemberStatus Status);

public enum DeleteGroupStatus
{
    Deleted,
    UnknownGroup,
    NotEmpty,
}

public sealed record DeleteGroupOutcome(DeleteGroupStatus Status);

public enum CommitOffsetsStatus
{
    /// <summary>Each offset has its own outcome.</summary>
    Committed,
    UnknownMember,
    FencedInstance,
    IllegalGeneration,
    RebalanceInProgress,

    /// <summary>The member's epoch is behind; a heartbeat tells it the new one.</summary>
    StaleMemberEpoch,
}

/// <param name="IsKnown">For each offset: false where the topic is gone or has no such partition. Empty unless committed.</param>
public sealed record CommitOffsetsOutcome(CommitOffsetsStatus Status, bool[] IsKnown);

public enum DeleteOffsetsStatus
{
    Deleted,
    UnknownGroup,

    /// <summary>Members may still read what they would lose their place in.</summary>
    NotEmpty,
}

/// <param name="IsSubscribed">For each partition: true where its offset stays, because members read the topic. Empty unless deleted.</param>
public sealed record DeleteOffsetsOutcome(DeleteOffsetsStatus Status, bool[] IsSubscribed);

public enum ConsumerHeartbeatStatus
{
    Done,
    UnknownMember,

    /// <summary>Not the member's epoch: it gives up all that it has and joins again.</summary>
    FencedEpoch,

    /// <summary>Another member holds the static name by now.</summary>
    FencedInstance,

    /// <summary>Another member holds the static name still.</summary>
    UnreleasedInstance,
    GroupFull,

    /// <summary>The group is of another kind and cannot change it.</summary>
    OtherKind,
}

public sealed record ConsumerHeartbeatOutcome(ConsumerHeartbeatStatus Status)
{
    /// <summary>The member as it was; null for a new one.</summary>
    public ConsumerMember? Before { get; init; }

    /// <summary>The member as it is; null if it left.</summary>
    public ConsumerMember? Member { get; init; }
}
