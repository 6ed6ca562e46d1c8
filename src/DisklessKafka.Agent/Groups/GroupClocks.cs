using System.Collections.Concurrent;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;

namespace DisklessKafka.Agent.Groups;

/// <summary>The clocks of one group's members at this agent, and when these must be looked at again: with many members most sweeps have nothing to do.</summary>
internal sealed class GroupClocks
{
    private readonly ConcurrentDictionary<string, MemberClock> _byMember = new(concurrencyLevel: 1, capacity: 3, StringComparer.Ordinal);
    private Seen _seen;

    /// <summary>All that decides, besides the clocks, whose silence this agent times and how long it may last.</summary>
    public readonly record struct Seen(GroupView Group, AgentDirectory Agents, IReadOnlyDictionary<ConfigResource, ConfigSet> Configs, int Session)
    {
        public bool IsSame(in Seen other) => ReferenceEquals(Group, other.Group) && ReferenceEquals(Agents, other.Agents) && ReferenceEquals(Configs, other.Configs) && Session == other.Session;
    }

    /// <summary>A timestamp before which nobody's patience can be over, while nothing else changes: whoever is heard of only puts it off.</summary>
    public long DueAt { get; private set; }

    public MemberClock Of(string member, long now) => _byMember.GetOrAdd(member, static (_, heardAt) => new MemberClock(heardAt), now);

    public MemberClock? Find(string member) => _byMember.GetValueOrDefault(member);

    public MemberClock Add(string member, MemberClock clock) => _byMember.GetOrAdd(member, clock);

    /// <summary>Whether there is anything to look at.</summary>
    public bool IsDue(in Seen now, long timestamp) => timestamp >= DueAt || !_seen.IsSame(now);

    public void Looked(in Seen seen, long dueAt) => (_seen, DueAt) = (seen, dueAt);

    /// <summary>
    /// Forgets members that are gone. Whether they are is asked of the group after a clock was found: it was made for a member that the
    /// group had by then.
    /// </summary>
    public void Clean(Group group)
    {
        foreach (var (member, _) in _byMember)
            if (!group.View.HasMember(member))
                _byMember.TryRemove(member, out _);
    }
}
