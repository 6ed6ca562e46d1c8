using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Consumer groups into a snapshot and out of one.</summary>
internal static class ConsumerRows
{
    public static SnapshotGroups.ConsumerRow ToRow(ConsumerGroup group) => new()
    {
        Epoch = group.Epoch,
        Assignor = group.Assignor,
        Members = [.. group.Members.Values.Select(ToRow)],
        Regexes = [.. group.Regexes.Select(pair => new SnapshotGroups.RegexRow { Expression = pair.Key, Version = pair.Value.Version, Topics = [.. pair.Value.Topics] })],
    };

    public static ConsumerGroup FromRow(SnapshotGroups.ConsumerRow row)
    {
        var group = ConsumerGroup.New with { Epoch = row.Epoch, Assignor = row.Assignor };
        foreach (var member in row.Members) group = group.With(FromRow(member));
        foreach (var regex in row.Regexes) group = group.With(regex.Expression, new RegexTopics(regex.Version, [.. regex.Topics]));
        return group;
    }

    private static SnapshotGroups.ConsumerMemberRow ToRow(ConsumerMember member) => new()
    {
        Id = member.Id,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        RebalanceTimeoutMs = member.RebalanceTimeoutMs,
        Topics = [.. member.Topics],
        Regex = member.Regex,
        Assignor = member.Assignor,
        Epoch = member.Epoch,
        PreviousEpoch = member.PreviousEpoch,
        Progress = (sbyte)member.Progress,
        Assigned = ToRows(member.Assigned),
        Revoking = ToRows(member.Revoking),
        Target = ToRows(member.Target),
        Home = member.Home,
        DueMs = member.DueMs,
        Classic = member.Classic is not { } classic
            ? null
            : new()
            {
                SessionTimeoutMs = classic.SessionTimeoutMs,
                Protocols = [.. classic.Protocols.Select(protocol => new SnapshotGroups.TraitsProtocolRow { Name = protocol.Name, Metadata = protocol.Metadata.ToArray() })],
            },
    };

    private static ConsumerMember FromRow(SnapshotGroups.ConsumerMemberRow row) => new()
    {
        Id = row.Id,
        InstanceId = row.InstanceId,
        RackId = row.RackId,
        ClientId = row.ClientId,
        ClientHost = row.ClientHost,
        RebalanceTimeoutMs = row.RebalanceTimeoutMs,
        Topics = [.. row.Topics],
        Regex = row.Regex,
        Assignor = row.Assignor,
        Epoch = row.Epoch,
        PreviousEpoch = row.PreviousEpoch,
        Progress = (MemberProgress)row.Progress,
        Assigned = FromRows(row.Assigned),
        Revoking = FromRows(row.Revoking),
        Target = FromRows(row.Target),
        Home = row.Home,
        DueMs = row.DueMs,
        Classic = row.Classic is not { } classic
            ? null
            : new ClassicTraits(classic.SessionTimeoutMs, [.. classic.Protocols.Select(protocol => new MemberProtocol(protocol.Name, protocol.Metadata))]),
    };

    private static SnapshotGroups.PartitionRow[] ToRows(PartitionSet partitions)
    {
        var rows = new SnapshotGroups.PartitionRow[partitions.Count];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = new() { Topic = (uint)PartitionSet.TopicOf(partitions.Keys[i]), Partition = (uint)PartitionSet.PartitionOf(partitions.Keys[i]) };
        return rows;
    }

    private static PartitionSet FromRows(SnapshotGroups.PartitionRow[] rows) => PartitionSet.Of(rows.Select(row => ((int)row.Topic, (int)row.Partition)));
}
