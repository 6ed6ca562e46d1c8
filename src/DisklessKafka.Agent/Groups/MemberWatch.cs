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
/// One clock a member that this agent heard of or looks after; the sweep drops those of members that are gone.
/// </summary>
public sealed class MemberWatch(Cluster cluster, LiveSettings settings, TimeProvider time)
{
    /// <summary>How late a time-out may be noticed at most.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(string Group, string Member), MemberClock> _clocks = [];

    /// <summary>The member spoke to this agent; its home becomes this agent if it is not yet.</summary>
    internal MemberClock Heard(GroupId group, string member, int home)
    {
        var now = time.GetTimestamp();
        if (_clocks.TryGetValue((group.Value, member), out var clock)) clock.Heard(now);
        else clock = _clocks.GetOrAdd((group.Value, member), new MemberClock(now));
        if (home != cluster.NodeId && clock.TryBeginMove()) _ = MoveAsync(group, member, clock);
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
                if (cluster.View.Groups.Count > 0 || !_clocks.IsEmpty) Sweep(cancellation);
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
            var (classic, consumer) = (group.View.Classic, group.View.Consumer);
            if (classic is not null) Sweep(view, group.Id, classic, now, cancellation);
            else if (consumer is not null) Sweep(view, group.Id, consumer, now, cancellation);
        }

        foreach (var (key, clock) in _clocks)
            if (!view.Groups.TryFind(new GroupId(key.Group), out var group) || !group.View.HasMember(key.Member))
                _clocks.TryRemove(KeyValuePair.Create(key, clock));
    }

    private void Sweep(ClusterView view, GroupId group, ClassicGroup classic, long now, CancellationToken cancellation)
    {
        foreach (var (id, member) in classic.Members)
        {
            if (!MemberPatience.IsMine(view, cluster.NodeId, group.Value, id, member.Home)) continue;
            // One that was looked after elsewhere until now gets a fresh time-out, and is taken to have what it needs.
            var clock = _clocks.GetOrAdd((group.Value, id), _ => new MemberClock(now) { SyncedGeneration = member.Home == cluster.NodeId ? -1 : classic.Generation });
            if (MemberPatience.IsOver(classic, member, clock, now, time)) Expire(group, id, member.Home, clock, cancellation);
        }
    }

    private void Sweep(ClusterView view, GroupId group, ConsumerGroup consumer, long now, CancellationToken cancellation)
    {
        if (consumer.Members.IsEmpty) return;
        var sessionTimeoutMs = GroupConfigs.Value(GroupConfigs.SessionTimeoutMs, ConfigResources.OfGroup(group.Value, view), settings.Current);
        foreach (var (id, member) in consumer.Members)
        {
            if (!MemberPatience.IsMine(view, cluster.NodeId, group.Value, id, member.Home)) continue;
            var clock = _clocks.GetOrAdd((group.Value, id), _ => new MemberClock(now));
            if (time.GetElapsedTime(clock.HeardAt, now) > TimeSpan.FromMilliseconds(member.Classic?.SessionTimeoutMs ?? sessionTimeoutMs))
                Expire(group, id, member.Home, clock, cancellation);
        }
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
