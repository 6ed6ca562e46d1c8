using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Consumer groups on the apply turn: what comes to them from commands, from the log's clock and from changes of topics.</summary>
internal sealed class ConsumerGroupTable(GroupTable groups, TopicTable topics)
{
    /// <summary>Which ways groups with members may change their kind.</summary>
    public MigrationPolicy Policy { get; set; } = MigrationPolicy.Bidirectional;

    public ConsumerHeartbeatOutcome Beat(ConsumerHeartbeat command, int home, long nowMs)
    {
        var group = groups.Find(command.Group.Value);
        if (KindOf(group, command) is not { } current) return new(ConsumerHeartbeatStatus.OtherKind);
        var verdict = ConsumerHeartbeats.Judge(current, command, home, nowMs);
        if (verdict.Status != ConsumerHeartbeatStatus.Done) return new(verdict.Status);
        var next = ConsumerHeartbeats.Apply(current, command, verdict, topics, nowMs);
        Change(group ?? groups.Add(command.Group, nowMs), next, nowMs);
        return new(ConsumerHeartbeatStatus.Done) { Before = verdict.Before, Member = verdict.After is null ? null : next.Members[verdict.After.Id] };
    }

    /// <summary>A member that speaks the classic protocol.</summary>
    public JoinGroupOutcome Join(Group group, JoinGroup command, int home, long nowMs)
    {
        var (next, outcome) = ClassicMembership.Join(group.Consumer!, command, home, topics, nowMs);
        Change(group, next, nowMs);
        return outcome;
    }

    public LeaveStatus Leave(Group group, LeaveGroup.Member leaver, long nowMs)
    {
        var consumer = group.Consumer!;
        var member = leaver.InstanceId is { } instance ? consumer.FindInstance(instance) : consumer.Members.GetValueOrDefault(leaver.MemberId);
        if (member is null) return LeaveStatus.UnknownMember;
        if (leaver.MemberId.Length > 0 && member.Id != leaver.MemberId) return LeaveStatus.FencedInstance;
        Remove(group, member, nowMs);
        return LeaveStatus.Left;
    }

    public void Remove(Group group, ConsumerMember member, long nowMs) =>
        Change(group, TargetAssignment.Renew(group.Consumer!.Without(member), topics, nowMs), nowMs);

    public void Move(Group group, ConsumerMember member, int home, long nowMs) => Change(group, group.Consumer!.With(member with { Home = home }), nowMs);

    /// <summary>Removes those who have not done in time what they were asked to.</summary>
    public void Pass(Group group, long nowMs)
    {
        var late = group.Consumer!.Members.Values.Where(member => member.DueMs <= nowMs).ToList();
        if (late.Count == 0) return;
        var next = group.Consumer;
        foreach (var member in late) next = next.Without(member);
        Change(group, TargetAssignment.Renew(next, topics, nowMs), nowMs);
    }

    /// <summary>The topic is new, has more partitions, or is gone: who reads it gets a new target.</summary>
    public void TopicChanged(string name, long nowMs)
    {
        foreach (var group in groups.All)
            if (group.Consumer is { Members.Count: > 0 } consumer && consumer.Reads(name))
                Change(group, TargetAssignment.Renew(consumer, topics, nowMs), nowMs);
    }

    /// <summary>The group as one of this kind; null if it cannot be.</summary>
    private ConsumerGroup? KindOf(Group? group, ConsumerHeartbeat command)
    {
        if (group?.Consumer is { } consumer) return consumer;
        if (group?.Classic is not { } classic) return ConsumerGroup.New;
        if (command.MemberEpoch != ConsumerMember.JoinEpoch) return classic.Members.Count == 0 ? ConsumerGroup.New : null;
        return Migration.TryUpgrade(classic, Policy, topics, out var upgraded) ? upgraded : null;
    }

    private void Change(Group group, ConsumerGroup next, long nowMs)
    {
        if (group.Consumer is { } before && Migration.IsDowngrade(before, next, Policy))
            groups.Change(group, Migration.Downgrade(next with { Epoch = before.Epoch }, topics, nowMs), nowMs); // the generation that the members know
        else groups.Change(group, next, nowMs);
    }
}
