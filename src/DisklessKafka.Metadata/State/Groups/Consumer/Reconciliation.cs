namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>
/// A member's next step to its target: it keeps what it has and is to have, gives up the rest, and only when it has said so
/// is it given what nobody else holds. So at no moment do two members hold one partition.
/// </summary>
internal static class Reconciliation
{
    /// <param name="owned">What the member says that it holds; null if it does not say.</param>
    /// <returns>The member itself if there is no step to take.</returns>
    public static ConsumerMember Next(ConsumerGroup group, ConsumerMember member, PartitionSet? owned, long nowMs)
    {
        if (member.Progress == MemberProgress.Stable && member.Epoch == group.Epoch) return member;
        if (member.Progress == MemberProgress.Unrevoked && StillOwns(owned, member.Revoking)) return member;
        var kept = member.Assigned.Intersect(member.Target);
        var revoking = member.Assigned.Except(kept);
        if (revoking.Count > 0 && StillOwns(owned, revoking))
            return member with { Progress = MemberProgress.Unrevoked, Assigned = kept, Revoking = revoking, DueMs = nowMs + member.RebalanceTimeoutMs };

        var wanted = member.Target.Except(kept);
        var free = wanted.Where(partition => !group.IsHeldByOther(partition, member.Id));
        return member with
        {
            PreviousEpoch = member.Epoch == group.Epoch ? member.PreviousEpoch : member.Epoch,
            Epoch = group.Epoch,
            Progress = free.Count < wanted.Count ? MemberProgress.Unreleased : MemberProgress.Stable,
            Assigned = kept.Union(free),
            Revoking = PartitionSet.Empty,
            DueMs = long.MaxValue,
        };
    }

    /// <summary>Some of what it is to have is held by another member.</summary>
    public static bool IsWaiting(ConsumerGroup group, ConsumerMember member)
    {
        foreach (var partition in member.Target.Keys)
            if (!member.Assigned.Contains(partition) && group.IsHeldByOther(partition, member.Id))
                return true;
        return false;
    }

    private static bool StillOwns(PartitionSet? owned, PartitionSet revoking) => owned is null || revoking.Overlaps(owned);
}
