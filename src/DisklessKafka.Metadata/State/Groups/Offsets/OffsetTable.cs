using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Offsets;

/// <summary>What groups commit, and who may.</summary>
internal sealed class OffsetTable(GroupTable groups, TopicTable topics)
{
    private static readonly CommitOffsetsOutcome[] Refused = [.. Enum.GetValues<CommitOffsetsStatus>().Select(status => new CommitOffsetsOutcome(status, []))];

    public CommitOffsetsOutcome Commit(CommitOffsets command, long nowMs)
    {
        var group = groups.Find(command.Group.Value);
        var status = Check(group, command.MemberId, command.InstanceId, command.Generation, isTransactional: false);
        if (status != CommitOffsetsStatus.Committed) return Refused[(int)status];
        var known = new bool[command.Offsets.Length];
        group ??= groups.Add(command.Group, nowMs);
        for (var i = 0; i < known.Length; i++)
        {
            ref readonly var entry = ref command.Offsets[i];
            known[i] = Set(group, entry.Topic, entry.Partition, new CommittedOffset((long)entry.Offset, entry.LeaderEpoch, entry.Metadata, nowMs));
        }

        groups.Touch(group);
        return new(CommitOffsetsStatus.Committed, known);
    }

    public DeleteOffsetsOutcome Delete(DeleteOffsets command)
    {
        if (groups.Find(command.Group.Value) is not { } group) return new(DeleteOffsetsStatus.UnknownGroup, []);
        var subscribed = group.Classic is { Members.Count: > 0 } classic ? ClassicSubscriptions.TopicsOf(classic) : [];
        if (subscribed is null) return new(DeleteOffsetsStatus.NotEmpty, []);
        var isSubscribed = new bool[command.Partitions.Length];
        for (var i = 0; i < isSubscribed.Length; i++)
        {
            var target = command.Partitions[i];
            isSubscribed[i] = topics.Find((int)target.Topic) is { } topic && (subscribed.Contains(topic.Name.Value) || group.Consumer?.Reads(topic.Name.Value) == true);
            if (!isSubscribed[i]) group.Offsets.Remove(target.Topic, target.Partition);
        }

        groups.OffsetsWent(group);
        return new(DeleteOffsetsStatus.Deleted, isSubscribed);
    }

    /// <summary>False if the topic is gone or has no such partition. The caller touches the group.</summary>
    public bool Set(Group group, uint topic, uint partition, in CommittedOffset committed)
    {
        if (topics.Find(topic, partition) is null || committed.Offset < 0) return false;
        group.Offsets.Set(topic, partition, committed);
        if (group.OffsetsDueMs is { } due) group.OffsetsDueMs = Math.Min(due, committed.CommittedMs + groups.RetentionMs);
        return true;
    }

    /// <summary>Kafka's checks of who commits: a member of this generation, or anybody where there are no members.</summary>
    public static CommitOffsetsStatus Check(Group? group, string memberId, string? instanceId, int generation, bool isTransactional)
    {
        if (group is null) return generation < 0 ? CommitOffsetsStatus.Committed : CommitOffsetsStatus.IllegalGeneration;
        if (group.Consumer is { Members.Count: > 0 } consumer) return Check(consumer, memberId, instanceId, generation, isTransactional);
        var classic = group.Classic ?? ClassicGroup.New;
        if (generation < 0 && classic.State == ClassicState.Empty) return CommitOffsetsStatus.Committed;
        if (generation >= 0 || memberId.Length > 0 || instanceId is not null)
        {
            if (classic.Identify(memberId, instanceId) is var identity && identity != MemberIdentity.Known)
                return identity == MemberIdentity.Fenced ? CommitOffsetsStatus.FencedInstance : CommitOffsetsStatus.UnknownMember;
            if (generation != classic.Generation) return CommitOffsetsStatus.IllegalGeneration;
        }
        else if (!isTransactional)
        {
            return CommitOffsetsStatus.UnknownMember;
        }

        // What a transaction takes with it counts at its end: how far the group's rebalance has come does not matter.
        return classic.State == ClassicState.CompletingRebalance && !isTransactional ? CommitOffsetsStatus.RebalanceInProgress : CommitOffsetsStatus.Committed;
    }

    private static CommitOffsetsStatus Check(ConsumerGroup group, string memberId, string? instanceId, int epoch, bool isTransactional)
    {
        if (epoch < 0 && memberId.Length == 0 && instanceId is null) return isTransactional ? CommitOffsetsStatus.Committed : CommitOffsetsStatus.UnknownMember;
        if (instanceId is not null && group.FindInstance(instanceId) is { } holder && holder.Id != memberId) return CommitOffsetsStatus.FencedInstance;
        if (!group.Members.TryGetValue(memberId, out var member)) return CommitOffsetsStatus.UnknownMember;
        if (epoch == member.Epoch) return CommitOffsetsStatus.Committed;
        return member.Classic is null && !isTransactional ? CommitOffsetsStatus.StaleMemberEpoch : CommitOffsetsStatus.IllegalGeneration;
    }
}
