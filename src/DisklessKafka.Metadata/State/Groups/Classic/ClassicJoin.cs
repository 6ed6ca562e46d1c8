using System.Collections.Immutable;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>What a JoinGroup does to a classic group: Kafka's rules, case by case.</summary>
internal static class ClassicJoin
{
    public static (ClassicGroup Group, JoinGroupOutcome Outcome) Apply(ClassicGroup group, JoinGroup command, int home, long nowMs)
    {
        if (Refusal(group, command) is { } refusal) return (group, new(refusal, command.MemberId));
        if (!command.IsNew) return Again(group, command, home, nowMs);
        if (command.InstanceId is { } instance)
            return group.FindInstance(instance) is { } old ? Replace(group, group.Members[old], command, home, nowMs) : Add(group, command, home, nowMs);
        if (!command.IdRequired) return Add(group, command, home, nowMs);
        return (group with { Pending = group.Pending.SetItem(command.MemberId, nowMs + command.SessionTimeoutMs) }, new(JoinGroupStatus.IdRequired, command.MemberId));
    }

    private static JoinGroupStatus? Refusal(ClassicGroup group, JoinGroup command)
    {
        if (command.Protocols.Count == 0 || command.ProtocolType.Length == 0) return JoinGroupStatus.InconsistentProtocol;
        var isMember = !command.IsNew && group.Members.ContainsKey(command.MemberId);
        var isPending = command.InstanceId is null && group.Pending.ContainsKey(command.MemberId); // static members never are
        if (!command.IsNew && !isMember && !isPending)
            return command.InstanceId is { } name && group.FindInstance(name) is not null ? JoinGroupStatus.FencedInstance : JoinGroupStatus.UnknownMember;
        if (!isMember && IsFull(group, command)) return JoinGroupStatus.GroupFull;
        if (group.Members.Count == 0) return null;
        if (group.ProtocolType != command.ProtocolType) return JoinGroupStatus.InconsistentProtocol;
        var followers = ClassicRebalance.Followers(group);
        return command.Protocols.Exists(protocol => followers.GetValueOrDefault(protocol.Name) == group.Members.Count) ? null : JoinGroupStatus.InconsistentProtocol;
    }

    /// <summary>A pending id holds a place; so does the static member that a new one replaces.</summary>
    private static bool IsFull(ClassicGroup group, JoinGroup command)
    {
        if (group.Pending.ContainsKey(command.MemberId)) return group.Members.Count >= command.MaxSize;
        if (command.InstanceId is { } instance && group.FindInstance(instance) is not null) return false;
        return group.Members.Count + group.Pending.Count >= command.MaxSize;
    }

    private static (ClassicGroup Group, JoinGroupOutcome Outcome) Again(ClassicGroup group, JoinGroup command, int home, long nowMs)
    {
        if (!group.Members.TryGetValue(command.MemberId, out var member)) return Add(group, command, home, nowMs); // with the id it was given
        if (command.InstanceId is { } instance && member.InstanceId != instance)
            return (group, new(group.FindInstance(instance) is null ? JoinGroupStatus.UnknownMember : JoinGroupStatus.FencedInstance, command.MemberId));
        var isLost = group.State switch
        {
            ClassicState.CompletingRebalance => member.Says(ProtocolsOf(command)),
            ClassicState.Stable => member.Says(ProtocolsOf(command)) && group.Leader != member.Id,
            _ => false,
        };
        if (!isLost) return Rejoin(group, MemberOf(command, home) with { InstanceId = member.InstanceId, Assignment = member.Assignment }, nowMs);
        group = group.With(member with { Home = home }); // the answer to its last join did not arrive
        return (group, new(JoinGroupStatus.Joined, member.Id) { Group = group, Leader = group.Leader! });
    }

    private static (ClassicGroup Group, JoinGroupOutcome Outcome) Add(ClassicGroup group, JoinGroup command, int home, long nowMs)
    {
        var member = MemberOf(command, home) with { IsJoining = true };
        var joined = (group with { ProtocolType = command.ProtocolType }).With(member);
        var due = joined.RebalanceDueMs;
        joined = ClassicRebalance.Begin(joined, nowMs, command.InitialDelayMs);
        if (joined.InitialDelayMs > 0 && joined.RebalanceDueMs == due) joined = joined with { HasNewcomer = true };
        return (joined, new(JoinGroupStatus.Waiting, member.Id));
    }

    private static (ClassicGroup Group, JoinGroupOutcome Outcome) Rejoin(ClassicGroup group, ClassicMember member, long nowMs) =>
        (ClassicRebalance.Begin(group.With(member with { IsJoining = true }), nowMs, initialDelayMs: 0), new(JoinGroupStatus.Waiting, member.Id));

    /// <summary>A static member began a new life: it gets a new id, the old one is fenced, and in a stable group nothing else need happen.</summary>
    private static (ClassicGroup Group, JoinGroupOutcome Outcome) Replace(ClassicGroup group, ClassicMember old, JoinGroup command, int home, long nowMs)
    {
        var member = MemberOf(command, home) with { Assignment = old.Assignment };
        var wasLeader = group.Leader == old.Id;
        var replaced = group.Without(old).With(member);
        if (wasLeader) replaced = replaced with { Leader = member.Id };
        if (group.State == ClassicState.Stable && ClassicRebalance.ChooseProtocol(replaced) == group.Protocol
            && old.MetadataFor(group.Protocol).Span.SequenceEqual(member.MetadataFor(group.Protocol).Span))
        {
            // A leader that does not know of skipping is told that another one leads, so that it does not assign anew.
            var leader = wasLeader && !command.KnowsSkip ? old.Id : replaced.Leader!;
            return (replaced, new(JoinGroupStatus.Joined, member.Id) { Group = replaced, Leader = leader, SkipsAssignment = wasLeader && command.KnowsSkip });
        }

        return Rejoin(replaced, member, nowMs);
    }

    private static ClassicMember MemberOf(JoinGroup command, int home) => new()
    {
        Id = command.MemberId,
        InstanceId = command.InstanceId,
        ClientId = command.ClientId,
        ClientHost = command.ClientHost,
        SessionTimeoutMs = command.SessionTimeoutMs,
        RebalanceTimeoutMs = command.RebalanceTimeoutMs,
        Protocols = ProtocolsOf(command),
        Home = home,
    };

    private static ImmutableArray<MemberProtocol> ProtocolsOf(JoinGroup command) => [.. command.Protocols.Select(protocol => new MemberProtocol(protocol.Name, protocol.Metadata))];
}
