using System.Collections.Concurrent;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// Topics' settings, parsed once for each version of topic and broker defaults. Bounded by the topics there are:
/// an entry is replaced when its topic changes and dropped when the topic's ordinal is no longer asked for.
/// </summary>
public sealed class TopicSettings(BrokerSettings statics)
{
    private readonly ConcurrentDictionary<int, Parsed> _byOrdinal = new();

    /// <summary>What a batch for this topic is checked against.</summary>
    public BatchRules RulesOf(Topic topic, ClusterView view) => Of(topic, view).Rules;

    /// <summary>The topic's effective settings.</summary>
    public EffectiveTopicConfig ConfigOf(Topic topic, ClusterView view) => Of(topic, view).Config;

    private Parsed Of(Topic topic, ClusterView view)
    {
        if (_byOrdinal.TryGetValue(topic.Ordinal, out var parsed) && parsed.IsFor(topic.Configs, view.BrokerConfigs)) return parsed;
        parsed = Parse(topic.Configs, view.BrokerConfigs);
        _byOrdinal[topic.Ordinal] = parsed;
        if (_byOrdinal.Count > 2 * view.Topics.Count + 16) _byOrdinal.Clear(); // mostly deleted topics: begin afresh
        return parsed;
    }

    private Parsed Parse(ConfigSet topic, ConfigSet brokers)
    {
        var config = EffectiveTopicConfig.Of(topic.ToDictionary(), statics.WithDynamic(brokers.ToDictionary()));
        var rules = new BatchRules
        {
            MaxMessageBytes = config.MaxMessageBytes,
            RequiresKeys = config.IsCompacted,
            IsLogAppendTime = config.IsLogAppendTime,
            MaxAgeMs = config.TimestampBeforeMaxMs,
            MaxAheadMs = config.TimestampAfterMaxMs,
        };
        return new Parsed(topic, brokers, config, rules);
    }

    private sealed record Parsed(ConfigSet Topic, ConfigSet Brokers, EffectiveTopicConfig Config, BatchRules Rules)
    {
        /// <summary>Config maps are immutable: the same object means the same settings.</summary>
        public bool IsFor(ConfigSet topic, ConfigSet brokers) => ReferenceEquals(Topic, topic) && ReferenceEquals(Brokers, brokers);
    }
}
