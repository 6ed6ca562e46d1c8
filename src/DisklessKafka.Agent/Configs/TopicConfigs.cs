using static DisklessKafka.Agent.Configs.ConfigEffect;

namespace DisklessKafka.Agent.Configs;

/// <summary>Every topic setting of Kafka 4.2 under Kafka's names, types, defaults and limits.</summary>
public static class TopicConfigs
{
    public const string CleanupPolicy = "cleanup.policy";
    public const string CompressionType = "compression.type";
    public const string DeleteRetentionMs = "delete.retention.ms";
    public const string MaxCompactionLagMs = "max.compaction.lag.ms";
    public const string MaxMessageBytes = "max.message.bytes";
    public const string TimestampAfterMaxMs = "message.timestamp.after.max.ms";
    public const string TimestampBeforeMaxMs = "message.timestamp.before.max.ms";
    public const string TimestampType = "message.timestamp.type";
    public const string MinCompactionLagMs = "min.compaction.lag.ms";
    public const string RetentionBytes = "retention.bytes";
    public const string RetentionMs = "retention.ms";

    private const long MsPerMinute = 60_000;
    private const long MsPerHour = 60 * MsPerMinute;
    private const string Forever = "9223372036854775807";

    private static readonly ConfigKey[] Table =
    [
        Key(CleanupPolicy, ConfigType.List, "delete", ConfigRule.ListOf("compact", "delete"), NotYet,
            "What happens to old records: delete drops them by time and size, compact keeps the last record of each key, both does both, an empty list keeps everything.", "log.cleanup.policy"),
        Key("compression.gzip.level", ConfigType.Int, "-1", ConfigRule.GzipLevel, NoEffect, "Level for compression.type=gzip.", "compression.gzip.level"),
        Key("compression.lz4.level", ConfigType.Int, "9", ConfigRule.Between(1, 17), NoEffect, "Level for compression.type=lz4.", "compression.lz4.level"),
        Key(CompressionType, ConfigType.String, "producer", ConfigRule.Only("producer", "batches are stored byte for byte as producers send them, so set the compression in the producer"), Honoured,
            "Compression of stored batches. Only producer is possible: a diskless broker never recompresses.", "compression.type"),
        Key("compression.zstd.level", ConfigType.Int, "3", ConfigRule.Between(-131072, 22), NoEffect, "Level for compression.type=zstd.", "compression.zstd.level"),
        Key(DeleteRetentionMs, ConfigType.Long, "86400000", ConfigRule.AtLeast(0), NotYet,
            "How long, in milliseconds, a compacted topic keeps a tombstone so that readers from the start still see the deletion.", "log.cleaner.delete.retention.ms"),
        Key("file.delete.delay.ms", ConfigType.Long, "60000", ConfigRule.AtLeast(0), NoEffect, "Milliseconds between dropping a log file and deleting it.", "log.segment.delete.delay.ms"),
        Key("flush.messages", ConfigType.Long, Forever, ConfigRule.AtLeast(1), NoEffect,
            "Records after which a log file is synced. Here every acknowledged record is already durable in object storage.", "log.flush.interval.messages"),
        Key("flush.ms", ConfigType.Long, Forever, ConfigRule.AtLeast(0), NoEffect,
            "Milliseconds after which a log file is synced. Here every acknowledged record is already durable in object storage.", "log.flush.interval.ms", "log.flush.scheduler.interval.ms"),
        Key("follower.replication.throttled.replicas", ConfigType.List, "", ConfigRule.ThrottledReplicas, NoEffect, "Replicas whose followers are throttled during a reassignment."),
        Key("index.interval.bytes", ConfigType.Int, "4096", ConfigRule.AtLeast(0), NoEffect, "Bytes between entries of a log file's offset index.", "log.index.interval.bytes"),
        Key("leader.replication.throttled.replicas", ConfigType.List, "", ConfigRule.ThrottledReplicas, NoEffect, "Replicas whose leaders are throttled during a reassignment."),
        Key("local.retention.bytes", ConfigType.Long, "-2", ConfigRule.AtLeast(-2), NoEffect, "Bytes kept on local disks under tiered storage; -2 follows retention.bytes.", "log.local.retention.bytes"),
        Key("local.retention.ms", ConfigType.Long, "-2", ConfigRule.AtLeast(-2), NoEffect, "Milliseconds kept on local disks under tiered storage; -2 follows retention.ms.", "log.local.retention.ms"),
        Key(MaxCompactionLagMs, ConfigType.Long, Forever, ConfigRule.AtLeast(1), NotYet, "Milliseconds after which a record must have become eligible for compaction.", "log.cleaner.max.compaction.lag.ms"),
        Key(MaxMessageBytes, ConfigType.Int, "1048588", ConfigRule.AtLeast(0), Honoured, "Largest record batch accepted, in bytes after compression.", "message.max.bytes"),
        Key(TimestampAfterMaxMs, ConfigType.Long, "3600000", ConfigRule.AtLeast(0), Honoured,
            "How far, in milliseconds, a record's timestamp may lie ahead of the agent's clock. Not checked with message.timestamp.type=LogAppendTime.", "log.message.timestamp.after.max.ms"),
        Key(TimestampBeforeMaxMs, ConfigType.Long, Forever, ConfigRule.AtLeast(0), Honoured,
            "How far, in milliseconds, a record's timestamp may lie behind the agent's clock. Not checked with message.timestamp.type=LogAppendTime.", "log.message.timestamp.before.max.ms"),
        Key(TimestampType, ConfigType.String, "CreateTime", ConfigRule.OneOf("CreateTime", "LogAppendTime"), Honoured,
            "Whether records keep the producer's timestamp or get the time of their append.", "log.message.timestamp.type"),
        Key("min.cleanable.dirty.ratio", ConfigType.Double, "0.5", ConfigRule.Between(0, 1), NotYet, "Share of uncompacted bytes at which compaction of a partition begins.", "log.cleaner.min.cleanable.ratio"),
        Key(MinCompactionLagMs, ConfigType.Long, "0", ConfigRule.AtLeast(0), NotYet, "Milliseconds for which a record is left uncompacted.", "log.cleaner.min.compaction.lag.ms"),
        Key("min.insync.replicas", ConfigType.Int, "1", ConfigRule.AtLeast(1), NoEffect,
            "Replicas that must have a record before acks=all is answered. Object storage replicates here, and every acknowledged record is durable.", "min.insync.replicas"),
        Key("preallocate", ConfigType.Boolean, "false", ConfigRule.Any, NoEffect, "Whether log files are created at full size.", "log.preallocate"),
        Key("remote.log.copy.disable", ConfigType.Boolean, "false", ConfigRule.Any, NoEffect, "Stops copying to tiered storage."),
        Key("remote.log.delete.on.disable", ConfigType.Boolean, "false", ConfigRule.Any, NoEffect, "Deletes tiered data when tiered storage is switched off."),
        Key("remote.storage.enable", ConfigType.Boolean, "false", ConfigRule.Only("false", "every topic already lives in object storage, there is no second tier to enable"), Honoured,
            "Tiered storage. Cannot be enabled: every topic already lives in object storage."),
        Key(RetentionBytes, ConfigType.Long, "-1", ConfigRule.Any, NotYet, "Bytes that a partition keeps before its oldest records are dropped; negative: no limit.", "log.retention.bytes"),
        Key(RetentionMs, ConfigType.Long, "604800000", ConfigRule.AtLeast(-1), NotYet, "Milliseconds that a record is kept; -1: no limit.") with
        {
            Synonyms = [new("log.retention.ms"), new("log.retention.minutes", MsPerMinute), new("log.retention.hours", MsPerHour)],
        },
        Key("segment.bytes", ConfigType.Int, "1073741824", ConfigRule.AtLeast(1 << 20), NoEffect,
            "Size of a partition's log files. A diskless segment mixes partitions; the agent's option segment-bytes sets its size.", "log.segment.bytes"),
        Key("segment.index.bytes", ConfigType.Int, "10485760", ConfigRule.AtLeast(4), NoEffect, "Size of a log file's offset index.", "log.index.size.max.bytes"),
        Key("segment.jitter.ms", ConfigType.Long, "0", ConfigRule.AtLeast(0), NoEffect, "Random milliseconds taken off segment.ms.") with
        {
            Synonyms = [new("log.roll.jitter.ms"), new("log.roll.jitter.hours", MsPerHour)],
        },
        Key("segment.ms", ConfigType.Long, "604800000", ConfigRule.AtLeast(1), NoEffect, "Milliseconds after which a log file is closed even if not full.") with
        {
            Synonyms = [new("log.roll.ms"), new("log.roll.hours", MsPerHour)],
        },
        Key("unclean.leader.election.enable", ConfigType.Boolean, "false", ConfigRule.Any, NoEffect,
            "Whether a replica that lacks records may lead. No agent can lack acknowledged records here.", "unclean.leader.election.enable"),
    ];

    private static readonly Dictionary<string, ConfigKey> ByName = Table.ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>In name order.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } = [.. Table.OrderBy(key => key.Name, StringComparer.Ordinal)];

    public static ConfigKey? Find(string name) => ByName.GetValueOrDefault(name);

    /// <returns>Null if a topic may carry the setting, else a sentence for the client (to go with INVALID_CONFIG).</returns>
    public static string? Validate(string name, string? value)
    {
        if (Find(name) is not { } key) return $"Unknown topic config name: {name}";
        return value is null ? $"Null value not supported for topic configs: {name}" : key.Validate(value);
    }

    /// <summary>Checks a topic's overrides one by one and together.</summary>
    /// <param name="defaults">What the topic falls back to: conflicts with a default count as well.</param>
    /// <returns>Null if they are fine, else a sentence for the client (to go with INVALID_CONFIG).</returns>
    public static string? ValidateAll(IEnumerable<KeyValuePair<string, string>> overrides, BrokerSettings defaults)
    {
        var valid = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in overrides)
        {
            if (Validate(name, value) is { } error) return error;
            valid[name] = value;
        }
        var effective = EffectiveTopicConfig.Of(valid, defaults);
        return effective.MinCompactionLagMs > effective.MaxCompactionLagMs
            ? $"conflict topic config setting {MinCompactionLagMs} ({effective.MinCompactionLagMs}) > {MaxCompactionLagMs} ({effective.MaxCompactionLagMs})"
            : null;
    }

    private static ConfigKey Key(string name, ConfigType type, string @default, ConfigRule rule, ConfigEffect effect, string documentation, params string[] synonyms) =>
        new(name, type, @default, rule, effect, documentation) { Synonyms = [.. synonyms.Select(synonym => new ConfigSynonym(synonym))] };
}
