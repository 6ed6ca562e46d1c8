using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State.Groups;

/// <summary>What requests see of a group: as it was after one whole entry.</summary>
public sealed record GroupView
{
    /// <summary>Of a group that was not there yet, or is gone.</summary>
    public static readonly GroupView None = new();

    /// <summary>Null for a group that has only offsets, and for one of another kind.</summary>
    public ClassicGroup? Classic { get; init; }

    public bool HasMembers => Classic is { Members.Count: > 0 };
}

/// <summary>
/// One group's place in the state: the same object from its first entry to its last, so that a waiter can be keyed by it.
/// Readers see <see cref="View"/> only; all else belongs to the apply turn.
/// </summary>
public sealed class Group
{
    private GroupView _view = GroupView.None;
    private ClassicGroup? _hashedClassic;
    private ulong _classicHash;

    internal Group(GroupId id) => Id = id;

    public GroupId Id { get; }

    /// <summary>The newest published view. One volatile load; <see cref="GroupView.None"/> once the group is gone.</summary>
    public GroupView View => Volatile.Read(ref _view);

    internal ClassicGroup? Classic { get; set; }

    internal GroupOffsets Offsets { get; } = new();

    /// <summary>Log time since when it has no members; meaningless while it has some.</summary>
    internal long EmptySinceMs { get; set; }

    /// <summary>When the first of its offsets may be over: a lower bound, worked out again when it has come; <see cref="long.MaxValue"/> for unknown.</summary>
    internal long OffsetsDueMs { get; set; } = long.MaxValue;

    /// <summary>Its offsets' time begins when it lost its members; where it never had any, with each commit.</summary>
    internal long KeepsOffsetsFromMs => Classic is { ProtocolType: not null } ? EmptySinceMs : 0;

    internal bool IsDirty { get; set; }

    /// <summary>Its part in the state's hash, remembered to be taken out again.</summary>
    internal ulong Hash { get; private set; }

    /// <summary>Nobody is in it or about to be.</summary>
    internal bool IsEmpty => Classic is null or { Members.Count: 0, Pending.Count: 0 };

    /// <summary>It is there: somebody joined or committed something, and not all of that is over.</summary>
    internal bool Exists { get; set; } = true;

    /// <summary>When something happens to its members by log time.</summary>
    internal long MembersDueMs => Classic?.NextDueMs ?? long.MaxValue;

    internal void Publish()
    {
        IsDirty = false;
        Hash = Exists ? ComputeHash() : 0;
        if (!Exists) Volatile.Write(ref _view, GroupView.None);
        else if (!ReferenceEquals(_view.Classic, Classic)) Volatile.Write(ref _view, new GroupView { Classic = Classic });
    }

    private ulong ComputeHash()
    {
        if (!ReferenceEquals(_hashedClassic, Classic)) (_hashedClassic, _classicHash) = (Classic, Classic?.Hash() ?? 0);
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of(_classicHash), Id.Value), Offsets.Hash);
        return StateHasher.Mix(hash, EmptySinceMs);
    }
}
