using System.Collections.Immutable;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Where a consumer group stands, in Kafka's words. Kafka's "Assigning" has no moment here: targets are worked out with the change that asks for them.</summary>
public enum ConsumerState : byte
{
    Empty,

    /// <summary>Some members are still on their way to their targets.</summary>
    Reconciling,
    Stable,
}

/// <summary>What an expression matches.</summary>
/// <param name="Version">Of the state that was looked through for it.</param>
/// <param name="Topics">In ordinal order.</param>
public sealed record RegexTopics(long Version, ImmutableArray<string> Topics);

/// <summary>
/// A consumer group (KIP-848) as it was after one whole entry. Members are given targets, and each gets there by its own
/// heartbeats: first it gives up what it is to lose, then it is given what others have given up. Transitions are pure and lie
/// beside it: <see cref="ConsumerHeartbeats"/>, <see cref="Reconciliation"/>, <see cref="TargetAssignment"/>.
/// </summary>
public sealed record ConsumerGroup
{
    private static readonly ImmutableSortedDictionary<string, ConsumerMember> NoMembers = ImmutableSortedDictionary.Create<string, ConsumerMember>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, string> NoInstances = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, RegexTopics> NoRegexes = ImmutableSortedDictionary.Create<string, RegexTopics>(StringComparer.Ordinal);

    public static readonly ConsumerGroup New = new(); // after what it is made of

    /// <summary>Grows with every new target assignment.</summary>
    public int Epoch { get; init; }

    /// <summary>The name of the assignor that made it.</summary>
    public string Assignor { get; init; } = Assignors.Default;

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, ConsumerMember> Members { get; init; } = NoMembers;

    /// <summary>Ids of static members by their own names.</summary>
    internal ImmutableSortedDictionary<string, string> Instances { get; init; } = NoInstances;

    /// <summary>By expression: those that members have.</summary>
    internal ImmutableSortedDictionary<string, RegexTopics> Regexes { get; init; } = NoRegexes;

    public ConsumerState State
    {
        get
        {
            if (Members.Count == 0) return ConsumerState.Empty;
            foreach (var (_, member) in Members)
                if (member.Epoch != Epoch || member.Progress != MemberProgress.Stable)
                    return ConsumerState.Reconciling;
            return ConsumerState.Stable;
        }
    }

    /// <summary>When something happens to its members by log time.</summary>
    internal long NextDueMs
    {
        get
        {
            var due = long.MaxValue;
            foreach (var (_, member) in Members) due = Math.Min(due, member.DueMs);
            return due;
        }
    }

    /// <summary>The static member of that name, or null.</summary>
    public ConsumerMember? FindInstance(string instanceId) => Instances.TryGetValue(instanceId, out var id) ? Members[id] : null;

    /// <summary>What the expression was last found to match; null if no member has it.</summary>
    public RegexTopics? FindRegex(string expression) => Regexes.GetValueOrDefault(expression);

    /// <summary>Whether a member reads the topic.</summary>
    public bool Reads(string topic)
    {
        foreach (var (_, member) in Members)
            if (Reads(member, topic))
                return true;
        return false;
    }

    internal bool Reads(ConsumerMember member, string topic) =>
        member.Topics.BinarySearch(topic, StringComparer.Ordinal) >= 0
        || (member.Regex.Length > 0 && FindRegex(member.Regex) is { } regex && regex.Topics.BinarySearch(topic, StringComparer.Ordinal) >= 0);

    /// <summary>Another member reads the partition, or has not said yet that it does not any more.</summary>
    internal bool IsHeldByOther(ulong partition, string memberId)
    {
        foreach (var (id, member) in Members)
            if (id != memberId && member.Holds(partition))
                return true;
        return false;
    }

    internal ConsumerGroup With(ConsumerMember member) => this with
    {
        Members = Members.SetItem(member.Id, member),
        Instances = member.InstanceId is null ? Instances : Instances.SetItem(member.InstanceId, member.Id),
    };

    internal ConsumerGroup With(string expression, RegexTopics matches) => this with { Regexes = Regexes.SetItem(expression, matches) };

    internal ConsumerGroup Without(ConsumerMember member) => this with
    {
        Members = Members.Remove(member.Id),
        Instances = member.InstanceId is not null && Instances.GetValueOrDefault(member.InstanceId) == member.Id ? Instances.Remove(member.InstanceId) : Instances,
    };

    /// <summary>Forgets expressions that no member has any more.</summary>
    internal ConsumerGroup WithoutUnusedRegexes()
    {
        if (Regexes.IsEmpty) return this;
        var used = Members.Values.Select(member => member.Regex).ToHashSet(StringComparer.Ordinal);
        return this with { Regexes = Regexes.RemoveRange(Regexes.Keys.Where(regex => !used.Contains(regex))) };
    }

    internal ulong Hash()
    {
        var hash = StateHasher.Mix(StateHasher.Of((ulong)Epoch), Assignor);
        foreach (var (_, member) in Members) hash += member.Hash();
        foreach (var (expression, matches) in Regexes)
        {
            hash = StateHasher.Mix(StateHasher.Mix(hash, expression), matches.Version);
            foreach (var topic in matches.Topics) hash = StateHasher.Mix(hash, topic);
        }

        return StateHasher.Of(hash);
    }
}
