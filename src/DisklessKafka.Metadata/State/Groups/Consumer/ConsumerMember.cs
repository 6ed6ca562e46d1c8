using System.Collections.Immutable;
using DisklessKafka.Metadata.State.Groups.Classic;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>How far a member is on its way to its target.</summary>
public enum MemberProgress : byte
{
    /// <summary>It has what it is to have in its epoch.</summary>
    Stable,

    /// <summary>It has been told to give partitions up and has not said yet that it did.</summary>
    Unrevoked,

    /// <summary>Others still hold partitions that it is to have.</summary>
    Unreleased,
}

/// <summary>What a member says of itself that speaks the classic protocol in a consumer group.</summary>
public sealed record ClassicTraits(int SessionTimeoutMs, ImmutableArray<MemberProtocol> Protocols);

/// <summary>One member of a consumer group as it was after one whole entry.</summary>
public sealed record ConsumerMember
{
    /// <summary>The epochs with which a member says that it joins, leaves, and leaves for a while.</summary>
    public const int JoinEpoch = 0, LeaveEpoch = -1, AwayEpoch = -2;

    public required string Id { get; init; }

    /// <summary>A static member's own name; null for a dynamic one.</summary>
    public string? InstanceId { get; init; }

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    /// <summary>How long it may take to give partitions up.</summary>
    public int RebalanceTimeoutMs { get; init; }

    /// <summary>Names of topics that it reads, each once, in ordinal order.</summary>
    public ImmutableArray<string> Topics { get; init; } = [];

    /// <summary>It reads topics that this matches too; empty for none.</summary>
    public string Regex { get; init; } = "";

    /// <summary>The assignor that it would like; null for no wish.</summary>
    public string? Assignor { get; init; }

    /// <summary>The epoch that it has been told; <see cref="AwayEpoch"/> for a static member that has left for a while.</summary>
    public int Epoch { get; init; }

    /// <summary>The one before, with which it comes again if it was not told.</summary>
    public int PreviousEpoch { get; init; }

    public MemberProgress Progress { get; init; }

    /// <summary>What it may read.</summary>
    public PartitionSet Assigned { get; init; } = PartitionSet.Empty;

    /// <summary>What it is giving up: nobody else gets it before the member has said that it did.</summary>
    public PartitionSet Revoking { get; init; } = PartitionSet.Empty;

    /// <summary>What it is to have in the group's epoch.</summary>
    public PartitionSet Target { get; init; } = PartitionSet.Empty;

    /// <summary>The session, by ordinal, of the agent that it last spoke to, which times its silence.</summary>
    public int Home { get; init; }

    /// <summary>Log time at which it is removed if it has not done what it was asked to; <see cref="long.MaxValue"/> if it was asked nothing.</summary>
    internal long DueMs { get; init; } = long.MaxValue;

    /// <summary>Null for one that speaks the consumer protocol.</summary>
    public ClassicTraits? Classic { get; init; }

    internal bool Holds(ulong partition) => Assigned.Contains(partition) || Revoking.Contains(partition);

    internal ulong Hash()
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)Home), Id), InstanceId ?? "");
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, RackId ?? ""), ClientId), ClientHost);
        foreach (var topic in Topics) hash = StateHasher.Mix(hash, topic);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Regex), Assignor ?? ""), RebalanceTimeoutMs);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Epoch), PreviousEpoch), (ulong)Progress);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Assigned.Hash), Revoking.Hash), Target.Hash);
        hash = StateHasher.Mix(hash, DueMs);
        if (Classic is null) return hash;
        hash = StateHasher.Mix(hash, Classic.SessionTimeoutMs);
        foreach (var protocol in Classic.Protocols) hash = StateHasher.Mix(StateHasher.Mix(hash, protocol.Name), protocol.Metadata.Span);
        return hash;
    }
}
