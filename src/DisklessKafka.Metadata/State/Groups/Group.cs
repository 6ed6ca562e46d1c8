using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State.Groups;

/// <summary>What requests see of a group: as it was after one whole entry.</summary>
public sealed record GroupView
{
    /// <summary>Of a group that was not there yet, or is gone; no group that is there has this object, not even one that has only offsets.</summary>
    public static readonly GroupView None = new();

    /// <summary>Null for a group that has only offsets, and for one of another kind.</summary>
    public ClassicGroup? Classic { get; init; }

    /// <summary>Null for a group of another kind. At most one of the two is there.</summary>
    public ConsumerGroup? Consumer { get; init; }

    public bool HasMembers => Classic is { Members.Count: > 0 } || Consumer is { Members.Count: > 0 };

    public bool HasMember(string id) => Classic?.Members.ContainsKey(id) == true || Consumer?.Members.ContainsKey(id) == true;
}

/// <summary>
/// One group's place in the state: the same object from its first entry to its last, so that a waiter can be keyed by it.
/// Readers see <see cref="View"/> only; all else belongs to the apply turn.
/// </summary>
public sealed class Group
{
    private GroupView _view = GroupView.None;
    private object? _hashedMembers;
    private ulong _membersHash;

    internal Group(GroupId id) => Id = id;

    public GroupId Id { get; }

    /// <summary>The newest published view. One volatile load; <see cref="GroupView.None"/> once the group is gone.</summary>
    public GroupView View => Volatile.Read(ref _view);

    internal ClassicGroup? Classic { get; private set; }

    internal ConsumerGroup? Consumer { get; private set; }

    internal GroupOffsets Offsets { get; } = new();

    /// <summary>Log time since when it has no members; meaningless while it has some.</summary>
    internal long EmptySinceMs { get; set; }

    /// <summary>When the first of its offsets may be over: a lower bound, worked out again when it has come; null for unknown.</summary>
    internal long? OffsetsDueMs { get; set; }

    /// <summary>Its offsets' time begins when it lost its members; where it never had any, with each commit.</summary>
    internal long KeepsOffsetsFromMs => Classic is { ProtocolType: not null } || Consumer is not null ? EmptySinceMs : 0;

    internal bool IsDirty { get; set; }

    /// <summary>Its part in the state's hash, remembered to be taken out again.</summary>
    internal ulong Hash { get; private set; }

    /// <summary>Nobody is in it or about to be.</summary>
    internal bool IsEmpty => Classic is null or { Members.Count: 0, Pending.Count: 0 } && Consumer is null or { Members.Count: 0 };

    /// <summary>It is there: somebody joined or committed something, and not all of that is over.</summary>
    internal bool Exists { get; set; } = true;

    /// <summary>When something happens to its members by log time.</summary>
    internal long MembersDueMs => Classic?.NextDueMs ?? Consumer?.NextDueMs ?? long.MaxValue;

    /// <summary>A group is of one kind at a time.</summary>
    internal void Become(ClassicGroup classic) => (Classic, Consumer) = (classic, null);

    internal void Become(ConsumerGroup consumer) => (Classic, Consumer) = (null, consumer);

    internal void Publish()
    {
        IsDirty = false;
        Hash = Exists ? ComputeHash() : 0;
        if (!Exists) Volatile.Write(ref _view, GroupView.None);
        else if (ReferenceEquals(_view, GroupView.None) || !ReferenceEquals(_view.Classic, Classic) || !ReferenceEquals(_view.Consumer, Consumer))
            Volatile.Write(ref _view, new GroupView { Classic = Classic, Consumer = Consumer });
    }

    private ulong ComputeHash()
    {
        object? members = Classic is null ? Consumer : Classic;
        if (!ReferenceEquals(_hashedMembers, members)) (_hashedMembers, _membersHash) = (members, Classic?.Hash() ?? Consumer?.Hash() ?? 0);
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of(_membersHash), Id.Value), Offsets.Hash);
        return StateHasher.Mix(hash, EmptySinceMs);
    }
}
