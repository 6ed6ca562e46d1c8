using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State.Groups;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// The cluster as it was after one whole entry: what requests read, without a lock and without waiting.
/// <para>
/// The rule: the apply turn applies a whole entry to its working copies, then replaces the view of every partition
/// the entry touched, each keeping its predecessor, and then publishes the <see cref="ClusterView"/> of that entry.
/// So <see cref="Partition.View"/> is always some whole entry's, and a reader who needs several partitions as of one
/// and the same entry uses <see cref="TryCapture"/>.
/// </para>
/// </summary>
public sealed record ClusterView
{
    internal static readonly ClusterView Empty = new()
    {
        ClusterId = "", Version = 0, Position = LogCursor.Start, TimeMs = 0, FeatureLevel = FeatureLevels.Initial,
        NextDeadlineMs = long.MaxValue, Topics = TopicDirectory.Empty, Agents = AgentDirectory.Empty, Configs = new Dictionary<ConfigResource, ConfigSet>(),
        Groups = new GroupDirectory(),
    };

    /// <summary>Kafka's cluster id: the same from every agent, for good. Empty before the first agent.</summary>
    public required string ClusterId { get; init; }

    /// <summary>How many entries have been applied since the log began: the same on every agent at the same position.</summary>
    public required long Version { get; init; }

    /// <summary>Of the last entry applied.</summary>
    public required LogCursor Position { get; init; }

    /// <summary>The state's time, Unix milliseconds: the log's clock, made never to go back.</summary>
    public required long TimeMs { get; init; }

    public required short FeatureLevel { get; init; }

    /// <summary>The state's time at which something falls due that no command asks for; <see cref="long.MaxValue"/> if nothing does.</summary>
    public required long NextDeadlineMs { get; init; }

    public required TopicDirectory Topics { get; init; }

    public required AgentDirectory Agents { get; init; }

    /// <summary>What was set for resources other than topics.</summary>
    public required IReadOnlyDictionary<ConfigResource, ConfigSet> Configs { get; init; }

    /// <summary>Groups by id. Unlike the rest it goes on with later entries.</summary>
    public required GroupDirectory Groups { get; init; }

    /// <summary>What was set for all brokers.</summary>
    public ConfigSet BrokerConfigs => Configs.TryGetValue(ConfigResource.AllBrokers, out var map) ? map : ConfigSet.Empty;

    /// <summary>Fills <paramref name="views"/> with the partitions as of exactly this view's entry.</summary>
    /// <returns>
    /// False if a partition has been replaced twice since: take the newest cluster view and try again. Someone who
    /// loses this race lost it to progress, so nobody waits for anybody.
    /// </returns>
    public bool TryCapture(ReadOnlySpan<Partition> partitions, Span<PartitionView> views)
    {
        for (var i = 0; i < partitions.Length; i++)
        {
            var view = partitions[i].View;
            if (view.Version > Version && view.Previous is { } previous) view = previous;
            if (view.Version > Version) return false;
            views[i] = view;
        }

        return true;
    }
}
