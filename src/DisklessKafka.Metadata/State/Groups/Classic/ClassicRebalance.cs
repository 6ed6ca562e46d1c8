using System.Collections.Immutable;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>How a classic group comes to its next generation.</summary>
internal static class ClassicRebalance
{
    /// <summary>Asks all members to join again, and goes on at once if none is left to ask.</summary>
    /// <param name="initialDelayMs">For a group that was empty: how long it waits for more members.</param>
    public static ClassicGroup Begin(ClassicGroup group, long nowMs, int initialDelayMs)
    {
        if (group.State == ClassicState.PreparingRebalance) return TryComplete(group, nowMs);
        var timeoutMs = LongestRebalanceMs(group);
        var waits = group.State == ClassicState.Empty && initialDelayMs > 0;
        var begun = group with
        {
            State = ClassicState.PreparingRebalance,
            Members = group.State == ClassicState.CompletingRebalance ? WithoutAssignments(group) : group.Members,
            RebalanceDueMs = nowMs + (waits ? Math.Min(initialDelayMs, timeoutMs) : timeoutMs),
            InitialDelayMs = waits ? initialDelayMs : 0,
            InitialUntilMs = waits ? nowMs + timeoutMs : 0,
            HasNewcomer = false,
        };
        return TryComplete(begun, nowMs);
    }

    /// <summary>Completes if everybody is there whom it waits for.</summary>
    public static ClassicGroup TryComplete(ClassicGroup group, long nowMs)
    {
        if (group.State != ClassicState.PreparingRebalance) return group;
        if (group.Members.Count == 0) return Complete(group, nowMs); // who is only about to come finds an empty group
        return group.InitialDelayMs > 0 || group.Joining < group.Members.Count || group.Pending.Count > 0 ? group : Complete(group, nowMs);
    }

    /// <summary>What the log's clock brings: ids that lapse, the end of the first wait, the end of patience.</summary>
    public static ClassicGroup Pass(ClassicGroup group, long nowMs)
    {
        foreach (var (id, lapsesMs) in group.Pending)
            if (lapsesMs <= nowMs)
                group = group with { Pending = group.Pending.Remove(id) };
        group = TryComplete(group, nowMs);
        if (group.State != ClassicState.PreparingRebalance || group.RebalanceDueMs > nowMs) return group;
        if (group is { InitialDelayMs: > 0, HasNewcomer: true } && group.InitialUntilMs > nowMs)
            return group with { HasNewcomer = false, RebalanceDueMs = Math.Min(nowMs + group.InitialDelayMs, group.InitialUntilMs) };
        return Complete(group, nowMs);
    }

    private static ClassicGroup Complete(ClassicGroup group, long nowMs)
    {
        foreach (var (_, member) in group.Members)
            if (!member.IsJoining && member.InstanceId is null)
                group = group.Without(member); // a static member stays until its session is over
        var leader = group.Leader is { } old && group.Members[old].IsJoining ? old : FirstJoined(group);
        if (leader is null && group.Members.Count > 0) // only static members, and none of them is back
            return group with { RebalanceDueMs = nowMs + LongestRebalanceMs(group), InitialDelayMs = 0 };
        var members = group.Members;
        foreach (var (id, member) in members)
            members = members.SetItem(id, member with { IsJoining = false, Assignment = default });
        return group with
        {
            State = members.Count == 0 ? ClassicState.Empty : ClassicState.CompletingRebalance,
            Generation = group.Generation == int.MaxValue ? 1 : group.Generation + 1,
            Members = members,
            Joining = 0,
            Leader = leader,
            Protocol = members.Count == 0 ? null : ChooseProtocol(group),
            RebalanceDueMs = long.MaxValue,
            InitialDelayMs = 0,
            InitialUntilMs = 0,
            HasNewcomer = false,
        };
    }

    /// <summary>Each member votes for its first protocol that all can follow; of two with as many votes the first name wins.</summary>
    public static string? ChooseProtocol(ClassicGroup group)
    {
        var followers = Followers(group);
        var votes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (_, member) in group.Members)
            foreach (var protocol in member.Protocols)
            {
                if (followers[protocol.Name] < group.Members.Count) continue;
                votes[protocol.Name] = votes.GetValueOrDefault(protocol.Name) + 1;
                break;
            }

        string? chosen = null;
        foreach (var (name, count) in votes)
            if (chosen is null || count > votes[chosen])
                chosen = name;
        return chosen;
    }

    /// <summary>How many members can follow each protocol.</summary>
    public static Dictionary<string, int> Followers(ClassicGroup group)
    {
        var followers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (_, member) in group.Members)
            foreach (var name in member.Protocols.Select(protocol => protocol.Name).Distinct(StringComparer.Ordinal))
                followers[name] = followers.GetValueOrDefault(name) + 1;
        return followers;
    }

    private static ImmutableSortedDictionary<string, ClassicMember> WithoutAssignments(ClassicGroup group)
    {
        var members = group.Members;
        foreach (var (id, member) in members) members = members.SetItem(id, member with { Assignment = default });
        return members;
    }

    private static string? FirstJoined(ClassicGroup group)
    {
        foreach (var (id, member) in group.Members)
            if (member.IsJoining)
                return id;
        return null;
    }

    private static int LongestRebalanceMs(ClassicGroup group)
    {
        var longest = 0;
        foreach (var (_, member) in group.Members) longest = Math.Max(longest, member.RebalanceTimeoutMs);
        return longest;
    }
}
