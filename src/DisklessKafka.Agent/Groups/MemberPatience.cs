using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Classic;

namespace DisklessKafka.Agent.Groups;

/// <summary>Whose silence an agent times, and when it has lasted too long. Pure.</summary>
internal static class MemberPatience
{
    /// <summary>A member's home times it; if that agent's session is over, the one that all agents choose alike.</summary>
    public static bool IsMine(ClusterView view, int session, string group, string member, int home)
    {
        if (home == session) return true;
        return view.Agents.Find(home) is null && Routing.Rendezvous.Choose(view.Agents.All, KeyOf(group, member))?.Ordinal == session;
    }

    /// <summary>
    /// How long it is at least until the member is to be removed: silent for its session, or without having fetched its assignment for its
    /// rebalance time-out. Below zero: now.
    /// </summary>
    /// <param name="now">In the timestamps of <paramref name="time"/>.</param>
    public static TimeSpan Left(ClassicGroup group, ClassicMember member, MemberClock clock, long now, TimeProvider time)
    {
        if (member.IsJoining || clock.IsSyncing)
        {
            clock.Heard(now); // it waits for us and not we for it
            return TimeSpan.Zero;
        }

        var left = TimeSpan.FromMilliseconds(member.SessionTimeoutMs) - time.GetElapsedTime(clock.HeardAt, now);
        if (group.State is not (ClassicState.CompletingRebalance or ClassicState.Stable) || clock.SyncedGeneration == group.Generation) return left;
        if (clock.Unsynced.Generation != group.Generation) clock.Unsynced = (group.Generation, now);
        var unsynced = TimeSpan.FromMilliseconds(member.RebalanceTimeoutMs) - time.GetElapsedTime(clock.Unsynced.Since, now);
        return left < unsynced ? left : unsynced;
    }

    /// <summary>FNV-1a over both names: the same on every agent, unlike the runtime's own string hash.</summary>
    private static ulong KeyOf(string group, string member)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in group) hash = (hash ^ unit) * 1099511628211UL;
        hash = (hash ^ 0xFFFF) * 1099511628211UL; // no UTF-16 unit of a name
        foreach (var unit in member) hash = (hash ^ unit) * 1099511628211UL;
        return hash;
    }
}
