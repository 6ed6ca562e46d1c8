using DisklessKafka.Agent.Configs;
using Xunit;

namespace DisklessKafka.Agent.Tests.Configs;

public sealed class TopicConfigsTests
{
    /// <summary>The names that Kafka 4.2's own topic table holds.</summary>
    private static readonly string[] KafkaNames =
    [
        "cleanup.policy", "compression.gzip.level", "compression.lz4.level", "compression.type", "compression.zstd.level", "delete.retention.ms",
        "file.delete.delay.ms", "flush.messages", "flush.ms", "follower.replication.throttled.replicas", "index.interval.bytes",
        "leader.replication.throttled.replicas", "local.retention.bytes", "local.retention.ms", "max.compaction.lag.ms", "max.message.bytes",
        "message.timestamp.after.max.ms", "message.timestamp.before.max.ms", "message.timestamp.type", "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms", "min.insync.replicas", "preallocate", "remote.log.copy.disable", "remote.log.delete.on.disable",
        "remote.storage.enable", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes", "segment.jitter.ms", "segment.ms",
        "unclean.leader.election.enable",
    ];

    [Fact]
    public void Every_topic_setting_of_Kafka_is_there_and_none_else() =>
        Assert.Equal(KafkaNames, TopicConfigs.All.Select(key => key.Name));

    [Fact]
    public void Every_default_passes_its_own_validation() =>
        Assert.All(TopicConfigs.All, key => Assert.Null(key.Validate(key.Default!)));

    [Fact]
    public void Every_broker_default_named_by_a_topic_setting_exists_with_the_same_value()
    {
        foreach (var key in TopicConfigs.All.Where(key => key.Synonyms.Count > 0))
        {
            var fromBroker = key.Synonyms.Select(synonym => (synonym, BrokerConfigs.Find(synonym.Name)))
                .Select(pair => { Assert.NotNull(pair.Item2); return pair.Item2.Default is { } value ? pair.synonym.ToTopicValue(value) : null; })
                .FirstOrDefault(value => value is not null);
            Assert.Equal(key.Default, fromBroker);
        }
    }

    [Theory]
    [InlineData("cleanup.policy", "compact,delete")]
    [InlineData("cleanup.policy", " delete , compact ")]
    [InlineData("cleanup.policy", "")]
    [InlineData("retention.ms", "-1")]
    [InlineData("retention.ms", "9223372036854775807")]
    [InlineData("max.message.bytes", "0")]
    [InlineData("preallocate", "TRUE")]
    [InlineData("min.cleanable.dirty.ratio", "0.01")]
    [InlineData("leader.replication.throttled.replicas", "0:1,1:2")]
    [InlineData("leader.replication.throttled.replicas", "*")]
    [InlineData("compression.gzip.level", "-1")]
    [InlineData("compression.type", "producer")]
    [InlineData("remote.storage.enable", "false")]
    public void A_legal_value_is_accepted(string name, string value) => Assert.Null(TopicConfigs.Validate(name, value));

    [Theory]
    [InlineData("cleanup.policy", "shred", "compact, delete")]
    [InlineData("cleanup.policy", "compact,compact", "at most once")]
    [InlineData("retention.ms", "-2", "at least -1")]
    [InlineData("retention.ms", "a week", "type LONG")]
    [InlineData("max.message.bytes", "2147483648", "type INT")]
    [InlineData("preallocate", "yes", "type BOOLEAN")]
    [InlineData("min.cleanable.dirty.ratio", "1.5", "between 0 and 1")]
    [InlineData("min.cleanable.dirty.ratio", "NaN", "type DOUBLE")]
    [InlineData("leader.replication.throttled.replicas", "x", "PARTITION:BROKER")]
    [InlineData("compression.gzip.level", "0", "between 1 and 9")]
    [InlineData("compression.type", "zstd", "set the compression in the producer")]
    [InlineData("remote.storage.enable", "true", "already lives in object storage")]
    [InlineData("message.timestamp.type", "createtime", "CreateTime, LogAppendTime")]
    [InlineData("segment.bytes", "1000", "at least 1048576")]
    [InlineData("no.such.setting", "1", "Unknown topic config name: no.such.setting")]
    [InlineData("retention.ms", null, "Null value not supported")]
    public void An_illegal_value_is_refused_with_what_it_must_be(string name, string? value, string expected) =>
        Assert.Contains(expected, TopicConfigs.Validate(name, value), StringComparison.Ordinal);

    [Fact]
    public void A_compaction_lag_above_its_maximum_is_refused_also_against_a_broker_default()
    {
        var overrides = new Dictionary<string, string> { ["min.compaction.lag.ms"] = "1000" };
        Assert.Null(TopicConfigs.ValidateAll(overrides, BrokerSettings.Defaults));
        var defaults = BrokerSettings.Defaults.WithDynamic(new Dictionary<string, string> { ["log.cleaner.max.compaction.lag.ms"] = "999" });
        Assert.Contains("conflict", TopicConfigs.ValidateAll(overrides, defaults), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_do_nothing_here_say_so() =>
        Assert.All(TopicConfigs.All.Where(key => key.Effect == ConfigEffect.NoEffect),
            key => Assert.Contains("no effect", key.FullDocumentation, StringComparison.Ordinal));
}
