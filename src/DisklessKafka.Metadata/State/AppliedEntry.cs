using DisklessKafka.Metadata.State.Groups;

namespace DisklessKafka.Metadata.State;

/// <summary>What an entry did. Handed out after its effects are published; lives until the next entry is applied.</summary>
public readonly ref struct AppliedEntry
{
    /// <summary>The cluster as of this entry: the newest there is.</summary>
    public required ClusterView View { get; init; }

    /// <summary>Partitions that have a new view, each once.</summary>
    public required ReadOnlySpan<Partition> Advanced { get; init; }

    /// <summary>Groups that changed, each once.</summary>
    public required ReadOnlySpan<Group> Groups { get; init; }

    /// <summary>Topics were created or deleted, or got partitions or configurations.</summary>
    public required bool TopicsChanged { get; init; }

    /// <summary>Agents came, went, or changed what they say about themselves.</summary>
    public required bool AgentsChanged { get; init; }

    /// <summary>Configurations of something other than topics changed.</summary>
    public required bool ConfigsChanged { get; init; }

    /// <summary>One for each command in order, if they were asked for; a <see cref="RefusedOutcome"/> where a command was refused unread.</summary>
    internal object?[]? Outcomes { get; init; }
}

public enum Refusal
{
    /// <summary>The entry's session is dead, or never was one.</summary>
    SessionEnded,

    /// <summary>The cluster's feature level does not include this command.</summary>
    LevelTooLow,

    /// <summary>Its entry is one that the session had appended before: this is the same append, come late and twice.</summary>
    Repeated,
}

/// <summary>A command that was not looked at.</summary>
internal sealed record RefusedOutcome(Refusal Reason)
{
    public static readonly RefusedOutcome SessionEnded = new(Refusal.SessionEnded);
    public static readonly RefusedOutcome LevelTooLow = new(Refusal.LevelTooLow);
    public static readonly RefusedOutcome Repeated = new(Refusal.Repeated);
}
