using System.Collections.Immutable;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>
/// Members of a consumer group that still speak the classic protocol: while a group's clients are moved from one protocol to
/// the other one by one, both kinds share it. A join tells what the member reads and holds, and is answered at once; its
/// epoch is the generation; heartbeats ask it to join again whenever there is a step to take.
/// </summary>
public static class ClassicMembership
{
    public const string ProtocolType = "consumer";

    internal static (ConsumerGroup Group, JoinGroupOutcome Outcome) Join(ConsumerGroup group, JoinGroup command, int home, TopicTable topics, long nowMs)
    {
        ImmutableArray<MemberProtocol> protocols = [.. command.Protocols.Select(protocol => new MemberProtocol(protocol.Name, protocol.Metadata))];
        if (command.ProtocolType != ProtocolType || protocols.IsEmpty || !IsSpokenByAll(group, command.MemberId, protocols)
            || ConsumerData.ReadSubscription(protocols[0].Metadata) is not { } subscription)
            return (group, new(JoinGroupStatus.InconsistentProtocol, command.MemberId));
        var before = command.InstanceId is { } instance ? group.FindInstance(instance) : group.Members.GetValueOrDefault(command.MemberId);
        if (before is null && group.Members.Count >= command.MaxSize) return (group, new(JoinGroupStatus.GroupFull, command.MemberId));
        if (command is { IsNew: true, IdRequired: true, InstanceId: null }) return (group, new(JoinGroupStatus.IdRequired, command.MemberId));
        if (command.InstanceId is not null && !command.IsNew && before?.Id != command.MemberId)
            return (group, new(before is null ? JoinGroupStatus.UnknownMember : JoinGroupStatus.FencedInstance, command.MemberId));

        var after = (before ?? new ConsumerMember { Id = command.MemberId }) with
        {
            Id = command.MemberId,
            InstanceId = command.InstanceId,
            RackId = subscription.RackId,
            ClientId = command.ClientId,
            ClientHost = command.ClientHost,
            RebalanceTimeoutMs = command.RebalanceTimeoutMs,
            Topics = Sorted(subscription.Topics),
            Regex = "",
            Home = home,
            Classic = new ClassicTraits(command.SessionTimeoutMs, protocols),
        };
        if (before is not null && before.Id != after.Id) group = group.Without(before);
        group = group.With(after);
        if (!after.Topics.SequenceEqual(before?.Topics ?? []) || before?.Regex.Length > 0) group = TargetAssignment.Renew(group, topics, nowMs);
        var owned = PartitionSet.Of(subscription.OwnedPartitions.SelectMany(each => topics.Find(each.Topic) is { } topic ? each.Partitions.Select(partition => (topic.Ordinal, partition)) : []));
        after = Reconciliation.Next(group, group.Members[after.Id], owned, nowMs);
        group = group.With(after with { DueMs = after.Progress == MemberProgress.Unrevoked ? after.DueMs : long.MaxValue });
        return (group, new(JoinGroupStatus.Joined, after.Id) { Member = after });
    }

    /// <summary>Whether a member's heartbeat is answered with REBALANCE_IN_PROGRESS: it is behind, has partitions to give up, or can get more.</summary>
    public static bool MustJoinAgain(ConsumerGroup group, ConsumerMember member) => member.Epoch < group.Epoch || member.Progress switch
    {
        MemberProgress.Unrevoked => true,
        MemberProgress.Unreleased => !Reconciliation.IsWaiting(group, member),
        _ => false,
    };

    /// <summary>Whether it has to join again before it can be told its assignment. One that is giving partitions up is told what it keeps.</summary>
    public static bool IsBehind(ConsumerGroup group, ConsumerMember member) => member.Epoch < group.Epoch && member.Progress != MemberProgress.Unrevoked;

    internal static ImmutableArray<string> Sorted(IEnumerable<string> topics) => [.. topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static bool IsSpokenByAll(ConsumerGroup group, string memberId, ImmutableArray<MemberProtocol> protocols) =>
        protocols.Any(protocol => group.Members.Values.All(member =>
            member.Id == memberId || member.Classic is not { } classic || classic.Protocols.Any(other => other.Name == protocol.Name)));
}
