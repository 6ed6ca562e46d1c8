using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>How members go, and how the leader's assignment comes.</summary>
internal static class ClassicDepartures
{
    public static (ClassicGroup Group, LeaveStatus Status) Leave(ClassicGroup group, LeaveGroup.Member leaver, long nowMs)
    {
        var id = leaver.MemberId;
        if (leaver.InstanceId is { } instance)
        {
            if (group.FindInstance(instance) is not { } known) return (group, LeaveStatus.UnknownMember);
            if (id.Length > 0 && id != known) return (group, LeaveStatus.FencedInstance);
            id = known;
        }

        if (group.Pending.ContainsKey(id))
            return (ClassicRebalance.TryComplete(group with { Pending = group.Pending.Remove(id) }, nowMs), LeaveStatus.Left);
        return group.Members.TryGetValue(id, out var member) ? (Remove(group, member, nowMs), LeaveStatus.Left) : (group, LeaveStatus.UnknownMember);
    }

    /// <summary>The others share what it had: they join again.</summary>
    public static ClassicGroup Remove(ClassicGroup group, ClassicMember member, long nowMs) =>
        ClassicRebalance.Begin(group.Without(member), nowMs, initialDelayMs: 0);

    public static (ClassicGroup Group, SyncGroupStatus Status) Sync(ClassicGroup group, SyncGroup command)
    {
        if (!group.Members.ContainsKey(command.MemberId)) return (group, SyncGroupStatus.UnknownMember);
        if (command.Generation != group.Generation) return (group, SyncGroupStatus.IllegalGeneration);
        switch (group.State)
        {
            case ClassicState.PreparingRebalance:
                return (group, SyncGroupStatus.RebalanceInProgress);
            case ClassicState.Stable: // repeated: the first assignment stands
                return (group, SyncGroupStatus.Synced);
            case ClassicState.CompletingRebalance when group.Leader == command.MemberId:
                return (Assign(group, command), SyncGroupStatus.Synced);
            default:
                return (group, SyncGroupStatus.NotTheLeader);
        }
    }

    private static ClassicGroup Assign(ClassicGroup group, SyncGroup command)
    {
        var members = group.Members;
        foreach (var assignment in command.Assignments)
            if (members.TryGetValue(assignment.MemberId, out var member))
                members = members.SetItem(member.Id, member with { Assignment = assignment.Value });
        return group with { State = ClassicState.Stable, Members = members };
    }
}
