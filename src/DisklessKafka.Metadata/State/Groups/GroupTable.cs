using System.Runtime.InteropServices;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups;

/// <summary>Groups of every kind, on the apply turn: what is common to them. What a kind does is in its own folder.</summary>
internal sealed class GroupTable
{
    /// <summary>Kafka's default for how long offsets outlive their group: seven days.</summary>
    public const long DefaultRetentionMs = 7L * 24 * 3600 * 1000;

    /// <summary>How long a group without members and offsets is remembered: as often as Kafka looks for those.</summary>
    private const long ForgetMs = 600_000;

    private readonly Deadlines _deadlines;
    private readonly OffsetExpiry _expiry;
    private readonly SortedDictionary<string, Group> _byId = new(StringComparer.Ordinal);
    private readonly List<Group> _dirty = [];
    private ulong _hash;

    public GroupTable(Deadlines deadlines, TopicTable topics)
    {
        _deadlines = deadlines;
        _expiry = new OffsetExpiry(topics);
        Consumers = new ConsumerGroupTable(this, topics);
    }

    /// <summary>For requests.</summary>
    public GroupDirectory Directory { get; } = new();

    /// <summary>What is theirs alone.</summary>
    public ConsumerGroupTable Consumers { get; }

    public ulong Hash => _hash;

    /// <summary>How long offsets are kept that no member reads.</summary>
    public long RetentionMs { get; private set; } = DefaultRetentionMs;

    /// <summary>Groups that this entry changed, each once.</summary>
    public ReadOnlySpan<Group> Dirty => CollectionsMarshal.AsSpan(_dirty);

    /// <summary>By id.</summary>
    public IEnumerable<Group> All => _byId.Values;

    public Group? Find(string id) => _byId.GetValueOrDefault(id);

    public void ClearDirty() => _dirty.Clear();

    public void SetRetention(long retentionMs)
    {
        if (retentionMs == RetentionMs) return;
        RetentionMs = retentionMs;
        foreach (var group in _byId.Values)
        {
            group.OffsetsDueMs = null;
            SetDeadline(group);
        }
    }

    public JoinGroupOutcome Join(JoinGroup command, int home, long nowMs)
    {
        var group = Find(command.Group.Value);
        if (group?.Consumer is { Members.Count: > 0 }) return Consumers.Join(group, command, home, nowMs);
        var (next, outcome) = ClassicJoin.Apply(group?.Classic ?? ClassicGroup.New, command, home, nowMs);
        if (outcome.Status is JoinGroupStatus.Waiting or JoinGroupStatus.Joined or JoinGroupStatus.IdRequired)
            Change(group ?? Add(command.Group, nowMs), next, nowMs);
        return outcome;
    }

    public SyncGroupOutcome Sync(SyncGroup command, long nowMs)
    {
        if (Find(command.Group.Value) is not { Classic: { } classic } group) return new(SyncGroupStatus.UnknownMember);
        var (next, status) = ClassicDepartures.Sync(classic, command);
        Change(group, next, nowMs);
        return new(status);
    }

    public LeaveGroupOutcome Leave(LeaveGroup command, long nowMs)
    {
        var statuses = new LeaveStatus[command.Members.Count];
        var group = Find(command.Group.Value);
        for (var i = 0; i < statuses.Length; i++)
        {
            statuses[i] = group is null ? LeaveStatus.UnknownMember : Leave(group, command.Members[i], nowMs);
        }

        return new(statuses);
    }

    public MemberOutcome Expire(ExpireMember command, long nowMs)
    {
        var group = Find(command.Group.Value);
        if (group?.Consumer?.Members.GetValueOrDefault(command.MemberId) is { } consumer && consumer.Home == command.Home) Consumers.Remove(group, consumer, nowMs);
        else if (group?.Classic?.Members.GetValueOrDefault(command.MemberId) is { } member && member.Home == command.Home) Change(group, ClassicDepartures.Remove(group.Classic, member, nowMs), nowMs);
        else return new(MemberStatus.NotHere);
        return new(MemberStatus.Done);
    }

    public MemberOutcome Move(MoveMember command, int home, long nowMs)
    {
        var group = Find(command.Group.Value);
        if (group?.Consumer?.Members.GetValueOrDefault(command.MemberId) is { } consumer) Consumers.Move(group, consumer, home, nowMs);
        else if (group?.Classic?.Members.GetValueOrDefault(command.MemberId) is { } member) Change(group, group.Classic.With(member with { Home = home }), nowMs);
        else return new(MemberStatus.NotHere);
        return new(MemberStatus.Done);
    }

    public DeleteGroupOutcome Delete(DeleteGroup command)
    {
        if (Find(command.Group.Value) is not { } group) return new(DeleteGroupStatus.UnknownGroup);
        if (!group.IsEmpty) return new(DeleteGroupStatus.NotEmpty);
        Remove(group);
        return new(DeleteGroupStatus.Deleted);
    }

    /// <summary>Its members' or its offsets' time has come.</summary>
    public void Pass(string id, long nowMs)
    {
        var group = _byId[id];
        if (group.Classic is { } classic) Change(group, ClassicRebalance.Pass(classic, nowMs), nowMs);
        else if (group.Consumer is not null) Consumers.Pass(group, nowMs);
        if (group.OffsetsDueMs > nowMs)
        {
            SetDeadline(group);
            return;
        }

        if (_expiry.SinceOf(group) is { } sinceOf) group.Offsets.RemoveWhere((topic, committed) => sinceOf(topic, committed) <= nowMs - RetentionMs);
        if (group.IsEmpty && group.Offsets.Count == 0 && group.EmptySinceMs + ForgetMs <= nowMs) Remove(group);
        else OffsetsWent(group);
    }

    /// <summary>The group's members are to be as they are here: sees to all that follows.</summary>
    public void Change(Group group, ClassicGroup next, long nowMs)
    {
        if (ReferenceEquals(group.Classic, next)) return;
        var (wasEmpty, isAffected) = (group.IsEmpty, OffsetExpiry.IsAffected(group.Classic, next));
        group.Become(next);
        AfterChange(group, wasEmpty, isAffected, nowMs);
    }

    /// <inheritdoc cref="Change(Group, ClassicGroup, long)"/>
    public void Change(Group group, ConsumerGroup next, long nowMs)
    {
        if (ReferenceEquals(group.Consumer, next)) return;
        var (wasEmpty, isAffected) = (group.IsEmpty, OffsetExpiry.IsAffected(group.Consumer, next));
        group.Become(next);
        AfterChange(group, wasEmpty, isAffected, nowMs);
    }

    public Group Add(GroupId id, long nowMs)
    {
        var group = new Group(id) { EmptySinceMs = nowMs };
        _byId.Add(id.Value, group);
        return group;
    }

    /// <summary>To be called after every change of a group: publishes it, and sets its next deadline.</summary>
    public void Touch(Group group)
    {
        if (!group.IsDirty)
        {
            group.IsDirty = true;
            _dirty.Add(group);
        }

        SetDeadline(group);
    }

    /// <summary>To be called in place of <see cref="Touch"/> when offsets were removed: what is left may be over sooner.</summary>
    public void OffsetsWent(Group group)
    {
        group.OffsetsDueMs = null;
        Touch(group);
    }

    public void Remove(Group group)
    {
        group.Exists = false;
        _byId.Remove(group.Id.Value);
        Touch(group);
        _deadlines.Clear(DeadlineKind.Group, group.Id.Value);
    }

    /// <summary>The topic is deleted: what was committed for it goes too.</summary>
    public void ForgetTopic(int topic)
    {
        foreach (var group in _byId.Values)
            if (group.Offsets.RemoveWhere((ordinal, _) => ordinal == (uint)topic))
                OffsetsWent(group);
    }

    public void Publish()
    {
        foreach (var group in _dirty)
        {
            _hash -= group.Hash;
            group.Publish();
            _hash += group.Hash;
            Directory.Publish(group);
        }
    }

    private void AfterChange(Group group, bool wasEmpty, bool isExpiryAffected, long nowMs)
    {
        if (group.IsEmpty && !wasEmpty) (group.EmptySinceMs, group.OffsetsDueMs) = (nowMs, null);
        else if (isExpiryAffected) group.OffsetsDueMs = null;
        Touch(group);
    }

    private LeaveStatus Leave(Group group, LeaveGroup.Member leaver, long nowMs)
    {
        if (group.Consumer is not null) return Consumers.Leave(group, leaver, nowMs);
        if (group.Classic is not { } classic) return LeaveStatus.UnknownMember;
        var (next, status) = ClassicDepartures.Leave(classic, leaver, nowMs);
        Change(group, next, nowMs);
        return status;
    }

    private void SetDeadline(Group group)
    {
        // Never later than the true time: commits only put it off. What is due is looked at anew when it has come.
        group.OffsetsDueMs ??= FirstExpiryMs(group);
        var due = Math.Min(group.MembersDueMs, group.OffsetsDueMs.Value);
        if (due == long.MaxValue) _deadlines.Clear(DeadlineKind.Group, group.Id.Value);
        else _deadlines.Set(DeadlineKind.Group, group.Id.Value, due);
    }

    private long FirstExpiryMs(Group group)
    {
        if (group.IsEmpty && group.Offsets.Count == 0) return group.EmptySinceMs + ForgetMs;
        if (_expiry.SinceOf(group) is not { } sinceOf || group.Offsets.Least(sinceOf) is not (< OffsetExpiry.Never and var since)) return long.MaxValue;
        return since + RetentionMs;
    }
}
