using System.Collections.Immutable;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups;

/// <summary>Groups into a snapshot and out of one.</summary>
internal static class GroupRows
{
    /// <summary>Bounds a message of groups: one with many members is a message of its own.</summary>
    private const int MembersPerFrame = 1_024;

    private readonly record struct Captured(GroupId Id, long EmptySinceMs, GroupView View);

    /// <summary>Only refers to what groups are made of, which never changes; whoever enumerates it makes messages of it.</summary>
    public static IEnumerable<SnapshotGroups> CaptureGroups(GroupTable groups) =>
        GroupFrames([.. groups.All.Select(group => new Captured(group.Id, group.EmptySinceMs, group.View))]);

    /// <inheritdoc cref="CaptureGroups"/>
    public static IEnumerable<SnapshotOffsets> CaptureOffsets(GroupTable groups) =>
        OffsetFrames([.. groups.All.Where(group => group.Offsets.Count > 0).Select(group => (group.Id, group.Offsets.Capture()))]);

    private static IEnumerable<SnapshotGroups> GroupFrames(Captured[] groups)
    {
        var rows = new List<SnapshotGroups.GroupRow>();
        var members = 0;
        foreach (var group in groups)
        {
            rows.Add(ToRow(group));
            members += 1 + (group.View.Classic?.Members.Count ?? 0) + (group.View.Consumer?.Members.Count ?? 0);
            if (members < MembersPerFrame) continue;
            yield return new SnapshotGroups { Groups = rows };
            (rows, members) = ([], 0);
        }

        if (rows.Count > 0) yield return new SnapshotGroups { Groups = rows };
    }

    private static IEnumerable<SnapshotOffsets> OffsetFrames((GroupId Id, IEnumerable<(uint, uint, CommittedOffset)> Offsets)[] groups)
    {
        var rows = new List<SnapshotOffsets.GroupRow>();
        var offsets = 0;
        foreach (var (id, committed) in groups)
        {
            foreach (var chunk in committed.Select(ToRow).Chunk(ClusterState.RowsPerFrame))
            {
                rows.Add(new SnapshotOffsets.GroupRow { Id = id, Offsets = chunk });
                offsets += chunk.Length;
                if (offsets < ClusterState.RowsPerFrame) continue;
                yield return new SnapshotOffsets { Groups = rows };
                (rows, offsets) = ([], 0);
            }
        }

        if (rows.Count > 0) yield return new SnapshotOffsets { Groups = rows };
    }

    public static void Restore(GroupTable groups, SnapshotGroups.GroupRow row)
    {
        var group = groups.Add(row.Id, row.EmptySinceMs);
        if (row.Classic is { } classic) group.Become(FromRow(classic));
        if (row.Consumer is { } consumer) group.Become(ConsumerRows.FromRow(consumer));
        groups.Touch(group);
    }

    public static void Restore(GroupTable groups, SnapshotOffsets.GroupRow row)
    {
        var group = groups.Find(row.Id.Value) ?? throw new CorruptStateException($"the snapshot has offsets of group '{row.Id}', which it does not have");
        foreach (ref readonly var offset in row.Offsets.AsSpan())
            group.Offsets.Set(offset.Topic, offset.Partition, new CommittedOffset((long)offset.Offset, offset.LeaderEpoch, offset.Metadata, offset.CommittedMs));
        groups.OffsetsWent(group); // and came: what is due is worked out anew
    }

    private static SnapshotOffsets.OffsetRow ToRow((uint Topic, uint Partition, CommittedOffset Committed) entry) => new()
    {
        Topic = entry.Topic,
        Partition = entry.Partition,
        Offset = (ulong)entry.Committed.Offset,
        LeaderEpoch = entry.Committed.LeaderEpoch,
        Metadata = entry.Committed.Metadata,
        CommittedMs = entry.Committed.CommittedMs,
    };

    private static SnapshotGroups.GroupRow ToRow(Captured group) => new()
    {
        Id = group.Id,
        EmptySinceMs = group.EmptySinceMs,
        Classic = group.View.Classic is { } classic ? ToRow(classic) : null,
        Consumer = group.View.Consumer is { } consumer ? ConsumerRows.ToRow(consumer) : null,
    };

    private static SnapshotGroups.ClassicRow ToRow(ClassicGroup group) => new()
    {
        State = (sbyte)group.State,
        Generation = group.Generation,
        ProtocolType = group.ProtocolType,
        Protocol = group.Protocol,
        Leader = group.Leader,
        DueMs = group.RebalanceDueMs,
        InitialDelayMs = group.InitialDelayMs,
        InitialUntilMs = group.InitialUntilMs,
        IsJoinedAnew = group.HasNewcomer,
        Members = [.. group.Members.Values.Select(ToRow)],
        Pending = [.. group.Pending.Select(pair => new SnapshotGroups.PendingRow { MemberId = pair.Key, DueMs = pair.Value })],
    };

    private static SnapshotGroups.MemberRow ToRow(ClassicMember member) => new()
    {
        Id = member.Id,
        InstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SessionTimeoutMs = member.SessionTimeoutMs,
        RebalanceTimeoutMs = member.RebalanceTimeoutMs,
        Home = member.Home,
        IsJoining = member.IsJoining,
        Assignment = member.Assignment.ToArray(),
        Protocols = [.. member.Protocols.Select(protocol => new SnapshotGroups.ProtocolRow { Name = protocol.Name, Metadata = protocol.Metadata.ToArray() })],
    };

    private static ClassicGroup FromRow(SnapshotGroups.ClassicRow row)
    {
        var group = ClassicGroup.New;
        foreach (var member in row.Members) group = group.With(FromRow(member));
        return group with
        {
            State = (ClassicState)row.State,
            Generation = row.Generation,
            ProtocolType = row.ProtocolType,
            Protocol = row.Protocol,
            Leader = row.Leader,
            RebalanceDueMs = row.DueMs,
            InitialDelayMs = row.InitialDelayMs,
            InitialUntilMs = row.InitialUntilMs,
            HasNewcomer = row.IsJoinedAnew,
            Pending = group.Pending.AddRange(row.Pending.Select(pending => KeyValuePair.Create(pending.MemberId, pending.DueMs))),
        };
    }

    private static ClassicMember FromRow(SnapshotGroups.MemberRow row) => new()
    {
        Id = row.Id,
        InstanceId = row.InstanceId,
        ClientId = row.ClientId,
        ClientHost = row.ClientHost,
        SessionTimeoutMs = row.SessionTimeoutMs,
        RebalanceTimeoutMs = row.RebalanceTimeoutMs,
        Home = row.Home,
        IsJoining = row.IsJoining,
        Assignment = row.Assignment,
        Protocols = [.. row.Protocols.Select(protocol => new MemberProtocol(protocol.Name, protocol.Metadata))],
    };
}
