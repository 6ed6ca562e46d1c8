using System.Collections.Immutable;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>Where a classic group stands, in Kafka's words.</summary>
public enum ClassicState : byte
{
    Empty,

    /// <summary>Members are asked to join again.</summary>
    PreparingRebalance,

    /// <summary>All have joined; the leader is to assign.</summary>
    CompletingRebalance,
    Stable,
}

public enum MemberIdentity
{
    Known,
    Unknown,

    /// <summary>Another member holds the static name by now.</summary>
    Fenced,
}

/// <summary>
/// A classic group as it was after one whole entry: what waiting joins, syncs and heartbeats read. Transitions are pure
/// and lie beside it, by what happens: <see cref="ClassicJoin"/>, <see cref="ClassicRebalance"/>, <see cref="ClassicDepartures"/>.
/// </summary>
public sealed record ClassicGroup
{
    private static readonly ImmutableSortedDictionary<string, ClassicMember> NoMembers = ImmutableSortedDictionary.Create<string, ClassicMember>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, string> NoInstances = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, long> NoPending = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    internal static readonly ClassicGroup New = new(); // after what it is made of

    public ClassicState State { get; init; } = ClassicState.Empty;

    /// <summary>Counts completed rebalances.</summary>
    public int Generation { get; init; }

    /// <summary>consumer, connect, sr …; null before the first member.</summary>
    public string? ProtocolType { get; init; }

    /// <summary>What the members of this generation agreed on; null while there are none.</summary>
    public string? Protocol { get; init; }

    /// <summary>The id of the member that assigns; null while there are none.</summary>
    public string? Leader { get; init; }

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, ClassicMember> Members { get; init; } = NoMembers;

    /// <summary>Ids of static members by their own names.</summary>
    internal ImmutableSortedDictionary<string, string> Instances { get; init; } = NoInstances;

    /// <summary>Ids that were given out and not joined with yet, and the log time at which they lapse.</summary>
    internal ImmutableSortedDictionary<string, long> Pending { get; init; } = NoPending;

    /// <summary>Members with <see cref="ClassicMember.IsJoining"/>.</summary>
    internal int Joining { get; init; }

    /// <summary>Log time at which the rebalance goes on without those who have not joined.</summary>
    internal long RebalanceDueMs { get; init; } = long.MaxValue;

    /// <summary>Above 0 while the first rebalance of an empty group waits for more members: the step by which each newcomer prolongs it.</summary>
    internal int InitialDelayMs { get; init; }

    /// <summary>Log time beyond which newcomers do not prolong the first wait.</summary>
    internal long InitialUntilMs { get; init; }

    /// <summary>Somebody joined since the first wait was last prolonged.</summary>
    internal bool HasNewcomer { get; init; }

    /// <summary>When something happens to it by log time.</summary>
    internal long NextDueMs
    {
        get
        {
            var due = RebalanceDueMs;
            foreach (var (_, lapsesMs) in Pending) due = Math.Min(due, lapsesMs);
            return due;
        }
    }

    /// <summary>The id of the static member of that name, or null.</summary>
    public string? FindInstance(string instanceId) => Instances.GetValueOrDefault(instanceId);

    /// <summary>Whether the member is who it says it is.</summary>
    public MemberIdentity Identify(string memberId, string? instanceId) => Identify(memberId, instanceId, out _);

    /// <param name="member">Null unless it is known.</param>
    public MemberIdentity Identify(string memberId, string? instanceId, out ClassicMember? member)
    {
        member = null;
        if (instanceId is not null)
        {
            if (FindInstance(instanceId) is not { } current) return MemberIdentity.Unknown;
            if (current != memberId) return MemberIdentity.Fenced;
        }

        return Members.TryGetValue(memberId, out member) ? MemberIdentity.Known : MemberIdentity.Unknown;
    }

    internal ClassicGroup With(ClassicMember member)
    {
        var joining = Joining + (member.IsJoining ? 1 : 0) - (Members.TryGetValue(member.Id, out var old) && old.IsJoining ? 1 : 0);
        return this with
        {
            Members = Members.SetItem(member.Id, member),
            Instances = member.InstanceId is null ? Instances : Instances.SetItem(member.InstanceId, member.Id),
            Pending = Pending.Remove(member.Id),
            Joining = joining,
        };
    }

    internal ClassicGroup Without(ClassicMember member) => this with
    {
        Members = Members.Remove(member.Id),
        Instances = member.InstanceId is not null && FindInstance(member.InstanceId) == member.Id ? Instances.Remove(member.InstanceId) : Instances,
        Joining = Joining - (member.IsJoining ? 1 : 0),
        Leader = Leader == member.Id ? null : Leader,
    };

    internal ulong Hash()
    {
        var hash = StateHasher.Mix(StateHasher.Of((ulong)State), Generation);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, ProtocolType ?? ""), Protocol ?? ""), Leader ?? "");
        hash = StateHasher.Mix(StateHasher.Mix(hash, RebalanceDueMs), InitialUntilMs);
        hash = StateHasher.Mix(StateHasher.Mix(hash, InitialDelayMs), HasNewcomer ? 1UL : 0);
        foreach (var (_, member) in Members) hash += member.Hash();
        foreach (var (id, lapsesMs) in Pending) hash += StateHasher.Mix(StateHasher.Of((ulong)lapsesMs), id);
        return StateHasher.Of(hash);
    }
}
