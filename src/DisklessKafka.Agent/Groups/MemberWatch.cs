using System.Collections.Concurrent;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Groups;

/// <summary>
/// Times the silence of the members that this agent looks after. Heartbeats only set a timestamp; a sweep a few times a
/// second finds those whose time is over and has them removed, which the state refuses if they have moved meanwhile.
/// A sweep looks at a group only when it changed, or when the first of its members could be over: about once a session time-out.
/// One clock a member that this agent heard of or looks after; the sweep drops those of members that are gone.
/// </summary>
public sealed class MemberWatch(Cluster cluster, LiveSettings settings, TimeProvider time)
{
    /// <summary>How late a time-out may be noticed at most.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, GroupClocks> _groups = new(StringComparer.Ordinal);

    /// <summary>The member spoke to this agent; its home becomes this agent if it is not yet.</summary>
    internal MemberClock Heard(GroupId group, string member, int home)
    {
        var now = time.GetTimestamp();
        var clock = _groups.GetOrAdd(group.Value, static _ => new GroupClocks()).Of(member, now);
        clock.Heard(now);
        if (home != cluster.SessionOrdinal && clock.TryBeginMove()) _ = MoveAsync(group, member, clock);
        return clock;
    }

    /// <summary>Sweeps until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pace, time, cancellation);
                if (cluster.View.Groups.Count > 0 || !_groups.IsEmpty) Sweep(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private void Sweep(CancellationToken cancellation)
    {
        var view = cluster.View;
        var now = time.GetTimestamp();
        foreach (var group in view.Groups.All)
        {
            var seen = new GroupClocks.Seen(group.View, view.Agents, view.Configs, cluster.SessionOrdinal);
            if (!_groups.TryGetValue(group.Id.Value, out var clocks))
            {
                if (!seen.Group.HasMembers) continue; // the many that are only offsets
                clocks = _groups.GetOrAdd(group.Id.Value, static _ => new GroupClocks());
            }

            if (!clocks.IsDue(seen, now)) continue;
            clocks.Clean(group);
            clocks.Looked(seen, Look(view, group.Id, seen, clocks, now, cancellation));
        }

        foreach (var (id, _) in _groups)
            if (!view.Groups.TryFind(new GroupId(id), out _))
                _groups.TryRemove(id, out _);
    }

    /// <returns>The timestamp at which the first of them may be over.</returns>
    private long Look(ClusterView view, GroupId group, in GroupClocks.Seen seen, GroupClocks clocks, long now, CancellationToken cancellation)
    {
        if (seen.Group.Classic is { } classic) return Look(view, group, classic, clocks, now, cancellation);
        return seen.Group.Consumer is { } consumer ? Look(view, group, consumer, clocks, now, cancellation) : long.MaxValue;
    }

    private long Look(ClusterView view, GroupId group, ClassicGroup classic, GroupClocks clocks, long now, CancellationToken cancellation)
    {
        var dueAt = long.MaxValue;
        foreach (var (id, member) in classic.Members)
        {
            if (!MemberPatience.IsMine(view, cluster.SessionOrdinal, group.Value, id, member.Home)) continue;
            // One that was looked after elsewhere until now gets a fresh time-out, and is taken to have what it needs.
            var clock = clocks.Find(id) ?? clocks.Add(id, new MemberClock(now) { SyncedGeneration = member.Home == cluster.SessionOrdinal ? -1 : classic.Generation });
            dueAt = Math.Min(dueAt, Look(group, id, member.Home, clock, MemberPatience.Left(classic, member, clock, now, time), now, cancellation));
        }

        return dueAt;
    }

    private long Look(ClusterView view, GroupId group, ConsumerGroup consumer, GroupClocks clocks, long now, CancellationToken cancellation)
    {
        if (consumer.Members.IsEmpty) return long.MaxValue;
        var dueAt = long.MaxValue;
        var sessionTimeoutMs = GroupConfigs.Value(GroupConfigs.SessionTimeoutMs, ConfigResources.OfGroup(group.Value, view), settings.Current);
        foreach (var (id, member) in consumer.Members)
        {
            if (!MemberPatience.IsMine(view, cluster.SessionOrdinal, group.Value, id, member.Home)) continue;
            var clock = clocks.Of(id, now);
            var left = TimeSpan.FromMilliseconds(member.Classic?.SessionTimeoutMs ?? sessionTimeoutMs) - time.GetElapsedTime(clock.HeardAt, now);
            dueAt = Math.Min(dueAt, Look(group, id, member.Home, clock, left, now, cancellation));
        }

        return dueAt;
    }

    /// <returns>The timestamp at which to look again.</returns>
    private long Look(GroupId group, string member, int home, MemberClock clock, TimeSpan left, long now, CancellationToken cancellation)
    {
        if (left >= TimeSpan.Zero) return now + (long)(left.TotalSeconds * time.TimestampFrequency);
        Expire(group, member, home, clock, cancellation);
        return now; // until it is gone
    }

    private void Expire(GroupId group, string member, int home, MemberClock clock, CancellationToken cancellation)
    {
        if (clock.IsExpiring) return;
        clock.IsExpiring = true;
        _ = ExpireAsync(group, member, home, clock, cancellation);
    }

    private async Task ExpireAsync(GroupId group, string member, int home, MemberClock clock, CancellationToken cancellation)
    {
        await cluster.AppendAsync(Command.Of(new ExpireMember { Group = group, MemberId = member, Home = home }), cancellation);
        clock.IsExpiring = false; // if the log did not take it, the next sweep tries again
    }

    private async Task MoveAsync(GroupId group, string member, MemberClock clock)
    {
        await cluster.AppendAsync(Command.Of(new MoveMember { Group = group, MemberId = member }), CancellationToken.None);
        clock.EndMove();
    }
}
