using System.Collections.Immutable;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>What a heartbeat comes to, before anything is done about it.</summary>
/// <param name="Before">The member as it is; null for a new one.</param>
/// <param name="After">The member as it is to be, but for what a new target brings; null if it goes.</param>
/// <param name="Renews">It takes a new target assignment.</param>
public readonly record struct HeartbeatVerdict(ConsumerHeartbeatStatus Status, ConsumerMember? Before, ConsumerMember? After, bool Renews)
{
    /// <summary>It is good and changes nothing: it can be answered without the log. Nearly all are.</summary>
    public bool IsQuiet => Status == ConsumerHeartbeatStatus.Done && !Renews && Before is not null && Before == After;
}

/// <summary>What ConsumerGroupHeartbeat does to a group: Kafka's rules, case by case.</summary>
public static class ConsumerHeartbeats
{
    /// <summary>Asked by agents before they append, of the group as they see it, and by the state when it applies.</summary>
    public static HeartbeatVerdict Judge(ConsumerGroup group, ConsumerHeartbeat command, int home, long nowMs)
    {
        var before = Find(group, command, out var status);
        if (status != ConsumerHeartbeatStatus.Done) return new(status, before, before, Renews: false);
        switch (command.MemberEpoch)
        {
            case ConsumerMember.LeaveEpoch:
                return new(status, before, null, Renews: true);
            case ConsumerMember.AwayEpoch:
                return new(status, before, before! with { Epoch = ConsumerMember.AwayEpoch, Progress = MemberProgress.Stable, Revoking = PartitionSet.Empty, DueMs = long.MaxValue }, Renews: false);
        }

        var after = Told(before, command, home);
        if (Renews(group, before, after, command)) return new(status, before, after, Renews: true);
        return new(status, before, Reconciliation.Next(group, after, OwnedBy(command), nowMs), Renews: false);
    }

    internal static ConsumerGroup Apply(ConsumerGroup group, ConsumerHeartbeat command, in HeartbeatVerdict verdict, TopicTable topics, long nowMs)
    {
        if (verdict.Before is { } before && before.Id != verdict.After?.Id) group = group.Without(before);
        if (verdict.After is { } after) group = group.With(after);
        if (!verdict.Renews) return group;
        if (command.RegexTopics is { } matches && verdict.After is { Regex.Length: > 0 } reader)
            group = group.With(reader.Regex, new RegexTopics(command.RegexVersion, [.. matches]));
        group = TargetAssignment.Renew(group, topics, nowMs);
        return verdict.After is null ? group : group.With(Reconciliation.Next(group, group.Members[verdict.After.Id], OwnedBy(command), nowMs));
    }

    internal static PartitionSet? OwnedBy(ConsumerHeartbeat command) =>
        command.Owned is null ? null : PartitionSet.FromKeys([.. command.Owned.Select(held => PartitionSet.KeyOf((int)held.Topic, (int)held.Partition))]);

    private static ConsumerMember? Find(ConsumerGroup group, ConsumerHeartbeat command, out ConsumerHeartbeatStatus status)
    {
        status = ConsumerHeartbeatStatus.Done;
        var isJoin = command.MemberEpoch == ConsumerMember.JoinEpoch;
        var member = command.InstanceId is { } instance ? group.FindInstance(instance) : group.Members.GetValueOrDefault(command.MemberId);
        if (member is null)
        {
            if (!isJoin) status = ConsumerHeartbeatStatus.UnknownMember;
            else if (group.Members.Count >= command.MaxSize && !group.Members.ContainsKey(command.MemberId)) status = ConsumerHeartbeatStatus.GroupFull;
            else if (command.InstanceId is not null && group.Members.ContainsKey(command.MemberId)) status = ConsumerHeartbeatStatus.UnreleasedInstance; // an id belongs to one member
            return null;
        }

        if (member.Id != command.MemberId)
        {
            // Another life of a static member: it takes over when the one before has said that it is gone for a while.
            if (!isJoin) status = ConsumerHeartbeatStatus.FencedInstance;
            else if (member.Epoch != ConsumerMember.AwayEpoch || group.Members.ContainsKey(command.MemberId)) status = ConsumerHeartbeatStatus.UnreleasedInstance;
            return member;
        }

        if (command.MemberEpoch > 0 && !IsInTime(member, command)) status = ConsumerHeartbeatStatus.FencedEpoch;
        return member;
    }

    /// <summary>It comes with its epoch, or with the one before if it may not have been told: then it can own no more than it is assigned.</summary>
    private static bool IsInTime(ConsumerMember member, ConsumerHeartbeat command) =>
        command.MemberEpoch == member.Epoch
        || (command.MemberEpoch < member.Epoch && command.MemberEpoch == member.PreviousEpoch && OwnedBy(command) is { } owned && owned.IsSubsetOf(member.Assigned));

    /// <summary>The member with what it says now; what it does not say stays.</summary>
    private static ConsumerMember Told(ConsumerMember? before, ConsumerHeartbeat command, int home)
    {
        var member = before ?? new ConsumerMember { Id = command.MemberId };
        return member with
        {
            Id = command.MemberId,
            InstanceId = command.InstanceId ?? member.InstanceId,
            RackId = command.RackId ?? member.RackId,
            ClientId = command.ClientId,
            ClientHost = command.ClientHost,
            RebalanceTimeoutMs = command.RebalanceTimeoutMs > 0 ? command.RebalanceTimeoutMs : member.RebalanceTimeoutMs,
            Topics = command.Topics is { } topics && !topics.SequenceEqual(member.Topics, StringComparer.Ordinal) ? [.. topics] : member.Topics,
            Regex = command.Regex ?? member.Regex,
            Assignor = command.Assignor ?? member.Assignor,
            Home = home,
            Classic = null, // it speaks the consumer protocol from now on
        };
    }

    private static bool Renews(ConsumerGroup group, ConsumerMember? before, ConsumerMember after, ConsumerHeartbeat command)
    {
        if (!(before?.Topics ?? []).Equals(after.Topics) && !(before?.Topics ?? []).SequenceEqual(after.Topics)) return true;
        if ((before?.Regex ?? "") != after.Regex) return true;
        if (before?.Assignor != after.Assignor && Assignors.Choose(group.With(after).Members.Values) != group.Assignor) return true;
        return after.Regex.Length > 0 && command.RegexTopics is { } found && IsNews(group.FindRegex(after.Regex), found, command.RegexVersion);
    }

    /// <summary>An agent that lags may have looked through an older state.</summary>
    private static bool IsNews(RegexTopics? known, List<string> found, long version) =>
        known is null || (version > known.Version && !known.Topics.SequenceEqual(found, StringComparer.Ordinal));
}
