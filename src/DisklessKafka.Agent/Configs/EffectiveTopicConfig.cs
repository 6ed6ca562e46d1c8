using System.Globalization;

namespace DisklessKafka.Agent.Configs;

/// <summary>
/// A topic's settings as the write path and the jobs need them, parsed once. Immutable, so topics without overrides
/// share one instance, and a reader never sees half of a change.
/// </summary>
public sealed record EffectiveTopicConfig
{
    /// <summary>Largest batch accepted, bytes.</summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>Records get the append's time instead of keeping the producer's.</summary>
    public required bool IsLogAppendTime { get; init; }

    public required long TimestampBeforeMaxMs { get; init; }
    public required long TimestampAfterMaxMs { get; init; }
    public required bool IsCompacted { get; init; }
    public required bool IsDeleted { get; init; }

    /// <summary>-1: no limit.</summary>
    public required long RetentionMs { get; init; }

    /// <summary>Per partition; negative: no limit.</summary>
    public required long RetentionBytes { get; init; }

    public required long MinCompactionLagMs { get; init; }
    public required long MaxCompactionLagMs { get; init; }

    /// <summary>How long a tombstone outlives its compaction.</summary>
    public required long DeleteRetentionMs { get; init; }

    /// <summary>Kafka's name of the codec for stored batches; only "producer" passes validation.</summary>
    public required string CompressionType { get; init; }

    /// <param name="overrides">The topic's own settings, already validated.</param>
    public static EffectiveTopicConfig Of(IReadOnlyDictionary<string, string> overrides, BrokerSettings defaults)
    {
        var policies = ConfigKey.Split(Text(TopicConfigs.CleanupPolicy));
        return new EffectiveTopicConfig
        {
            MaxMessageBytes = (int)Number(TopicConfigs.MaxMessageBytes),
            IsLogAppendTime = Text(TopicConfigs.TimestampType) == "LogAppendTime",
            TimestampBeforeMaxMs = Number(TopicConfigs.TimestampBeforeMaxMs),
            TimestampAfterMaxMs = Number(TopicConfigs.TimestampAfterMaxMs),
            IsCompacted = policies.Contains("compact"),
            IsDeleted = policies.Contains("delete"),
            RetentionMs = Number(TopicConfigs.RetentionMs),
            RetentionBytes = Number(TopicConfigs.RetentionBytes),
            MinCompactionLagMs = Number(TopicConfigs.MinCompactionLagMs),
            MaxCompactionLagMs = Number(TopicConfigs.MaxCompactionLagMs),
            DeleteRetentionMs = Number(TopicConfigs.DeleteRetentionMs),
            CompressionType = Text(TopicConfigs.CompressionType),
        };

        string Text(string name)
        {
            var key = TopicConfigs.Find(name)!;
            return key.Canonical(overrides.GetValueOrDefault(name) ?? defaults.DefaultOf(key).Value!);
        }

        long Number(string name) => long.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
