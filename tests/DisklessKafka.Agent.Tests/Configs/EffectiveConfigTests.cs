using DisklessKafka.Agent.Configs;
using Xunit;

namespace DisklessKafka.Agent.Tests.Configs;

public sealed class EffectiveConfigTests
{
    private static readonly Dictionary<string, string> None = [];

    private static BrokerSettings Settings(string? @static = null, string? dynamic = null) => new(Parsed(@static), Parsed(dynamic));

    private static Dictionary<string, string> Parsed(string? text) =>
        (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    private static DescribedConfig Topic(string name, Dictionary<string, string> overrides, BrokerSettings settings) =>
        ConfigDescription.OfTopic(overrides, settings).Single(config => config.Key.Name == name);

    [Fact]
    public void Without_any_setting_a_topic_has_Kafkas_defaults()
    {
        var config = EffectiveTopicConfig.Of(None, BrokerSettings.Defaults);
        Assert.Equal(1_048_588, config.MaxMessageBytes);
        Assert.Equal(604_800_000, config.RetentionMs);
        Assert.Equal(3_600_000, config.TimestampAfterMaxMs);
        Assert.Equal(long.MaxValue, config.TimestampBeforeMaxMs);
        Assert.True(config is { IsDeleted: true, IsCompacted: false, IsLogAppendTime: false, RetentionBytes: -1, CompressionType: "producer" });
    }

    [Fact]
    public void A_topics_own_value_wins_over_dynamic_over_static_over_default()
    {
        Dictionary<string, string> own = new() { ["retention.ms"] = "1" };
        var settings = Settings(@static: "log.retention.ms=3", dynamic: "log.retention.ms=2");
        Assert.Equal(1, EffectiveTopicConfig.Of(own, settings).RetentionMs);
        Assert.Equal(2, EffectiveTopicConfig.Of(None, settings).RetentionMs);
        Assert.Equal(3, EffectiveTopicConfig.Of(None, settings.WithDynamic(None)).RetentionMs);
    }

    [Theory]
    [InlineData("log.retention.hours=1", 3_600_000)]
    [InlineData("log.retention.hours=1;log.retention.minutes=2", 120_000)]
    [InlineData("log.retention.hours=1;log.retention.minutes=2;log.retention.ms=5", 5)]
    [InlineData("log.retention.hours=-1", -1)]
    public void Hours_and_minutes_become_milliseconds_and_the_finer_unit_wins(string @static, long expected) =>
        Assert.Equal(expected, EffectiveTopicConfig.Of(None, Settings(@static)).RetentionMs);

    [Fact]
    public void A_described_setting_names_every_source_strongest_first()
    {
        var settings = Settings(@static: "message.max.bytes=300", dynamic: "message.max.bytes=200");
        var config = Topic("max.message.bytes", new() { ["max.message.bytes"] = "100" }, settings);
        Assert.Equal(("100", ConfigSource.TopicConfig), (config.Value, config.Source));
        Assert.Equal(
        [
            new("max.message.bytes", "100", ConfigSource.TopicConfig),
            new("message.max.bytes", "200", ConfigSource.DynamicDefaultBrokerConfig),
            new("message.max.bytes", "300", ConfigSource.StaticBrokerConfig),
            new("message.max.bytes", "1048588", ConfigSource.DefaultConfig),
        ], config.Synonyms);
    }

    [Fact]
    public void A_default_is_described_as_a_default()
    {
        var config = Topic("cleanup.policy", None, BrokerSettings.Defaults);
        Assert.Equal(("delete", ConfigSource.DefaultConfig), (config.Value, config.Source));
        Assert.Equal([new DescribedSynonym("log.cleanup.policy", "delete", ConfigSource.DefaultConfig)], config.Synonyms);
    }

    [Fact]
    public void Broker_settings_show_static_values_and_hide_secrets()
    {
        var described = ConfigDescription.OfBroker(Settings(@static: "num.partitions=7;ssl.keystore.password=hunter2")).ToDictionary(config => config.Key.Name);
        Assert.Equal(("7", ConfigSource.StaticBrokerConfig), (described["num.partitions"].Value, described["num.partitions"].Source));
        Assert.Null(described["ssl.keystore.password"].Value);
        Assert.All(described["ssl.keystore.password"].Synonyms, synonym => Assert.Null(synonym.Value));
        Assert.True(described["num.partitions"].Key.IsReadOnly);
        Assert.False(described["message.max.bytes"].Key.IsReadOnly);
    }

    [Fact]
    public void The_cluster_wide_resource_holds_only_what_was_set()
    {
        var described = ConfigDescription.OfClusterDefaults(Settings(@static: "num.partitions=7", dynamic: "log.retention.ms=5")).ToList();
        Assert.Equal(("log.retention.ms", "5"), (Assert.Single(described).Key.Name, described[0].Value));
    }

    [Theory]
    [InlineData("auto.create.topics.enable", "maybe", "BOOLEAN")]
    [InlineData("node.id", "5", "cannot be set")]
    [InlineData("num.partitons", "5", "not a Kafka broker setting")]
    [InlineData("num.partitions", "0", "between 1 and")]
    public void A_start_value_is_checked(string name, string value, string expected) =>
        Assert.Contains(expected, BrokerConfigs.ValidateStatic(name, value), StringComparison.Ordinal);
}
