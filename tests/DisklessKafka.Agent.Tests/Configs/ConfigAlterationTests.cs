using DisklessKafka.Agent.Configs;
using Xunit;
using static DisklessKafka.Agent.Configs.ConfigOperation;

namespace DisklessKafka.Agent.Tests.Configs;

public sealed class ConfigAlterationTests
{
    private static readonly Dictionary<string, string> None = [];

    private static ConfigAlterationResult Alter(Dictionary<string, string> overrides, params ConfigChange[] changes) =>
        ConfigAlteration.AlterTopic(overrides, changes, BrokerSettings.Defaults);

    private static string? Value(ConfigAlterationResult result, string name)
    {
        Assert.Equal((ConfigAlterationStatus.Ok, null), (result.Status, result.Message));
        return result.Values.GetValueOrDefault(name);
    }

    [Fact]
    public void Set_replaces_and_leaves_the_others()
    {
        var result = Alter(new() { ["retention.ms"] = "1", ["retention.bytes"] = "2" }, new ConfigChange("retention.ms", Set, " 3 "));
        Assert.Equal(("3", "2"), (Value(result, "retention.ms"), Value(result, "retention.bytes")));
    }

    [Fact]
    public void Delete_goes_back_to_the_default_and_may_repeat()
    {
        Assert.Null(Value(Alter(new() { ["retention.ms"] = "1" }, new ConfigChange("retention.ms", Delete, null)), "retention.ms"));
        Assert.Null(Value(Alter(None, new ConfigChange("retention.ms", Delete, null)), "retention.ms"));
    }

    [Fact]
    public void Delete_cleans_up_a_name_this_version_does_not_know() =>
        Assert.Null(Value(Alter(new() { ["of.a.newer.version"] = "1" }, new ConfigChange("of.a.newer.version", Delete, null)), "of.a.newer.version"));

    [Fact]
    public void Append_adds_to_the_default_when_the_topic_has_no_value() =>
        Assert.Equal("delete,compact", Value(Alter(None, new ConfigChange("cleanup.policy", Append, "compact")), "cleanup.policy"));

    [Fact]
    public void Append_of_an_element_that_is_there_changes_nothing() =>
        Assert.Equal("compact", Value(Alter(new() { ["cleanup.policy"] = "compact" }, new ConfigChange("cleanup.policy", Append, "compact")), "cleanup.policy"));

    [Fact]
    public void Subtract_takes_elements_away() =>
        Assert.Equal("compact", Value(Alter(new() { ["cleanup.policy"] = "delete,compact" }, new ConfigChange("cleanup.policy", Subtract, "delete")), "cleanup.policy"));

    [Fact]
    public void Subtract_of_the_last_element_leaves_an_empty_list() =>
        Assert.Equal("", Value(Alter(None, new ConfigChange("cleanup.policy", Subtract, "delete")), "cleanup.policy"));

    [Theory]
    [InlineData(Append)]
    [InlineData(Subtract)]
    public void Append_and_subtract_are_refused_where_the_type_is_not_a_list(ConfigOperation operation)
    {
        var result = Alter(None, new ConfigChange("retention.ms", operation, "1"));
        Assert.Equal(ConfigAlterationStatus.InvalidConfig, result.Status);
        Assert.Contains("not LIST", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Set)]
    [InlineData(Append)]
    [InlineData(Subtract)]
    public void A_null_value_is_an_invalid_request(ConfigOperation operation) =>
        Assert.Equal(ConfigAlterationStatus.InvalidRequest, Alter(None, new ConfigChange("cleanup.policy", operation, null)).Status);

    [Fact]
    public void The_same_name_twice_is_an_invalid_request() =>
        Assert.Equal(ConfigAlterationStatus.InvalidRequest, Alter(None, new("retention.ms", Set, "1"), new("retention.ms", Delete, null)).Status);

    [Fact]
    public void An_unknown_operation_is_an_invalid_request() =>
        Assert.Equal(ConfigAlterationStatus.InvalidRequest, Alter(None, new ConfigChange("retention.ms", (ConfigOperation)9, "1")).Status);

    [Theory]
    [InlineData("no.such.setting", "1")]
    [InlineData("retention.ms", "soon")]
    [InlineData("compression.type", "zstd")]
    public void A_bad_name_or_value_is_an_invalid_config(string name, string value) =>
        Assert.Equal(ConfigAlterationStatus.InvalidConfig, Alter(None, new ConfigChange(name, Set, value)).Status);

    [Fact]
    public void One_bad_change_refuses_all_of_them()
    {
        var result = Alter(None, new("retention.ms", Set, "1"), new("retention.bytes", Set, "x"));
        Assert.Equal(ConfigAlterationStatus.InvalidConfig, result.Status);
        Assert.Empty(result.Values);
    }

    [Fact]
    public void Broker_defaults_can_be_altered_only_where_they_are_dynamic()
    {
        Assert.Equal(ConfigAlterationStatus.Ok, ConfigAlteration.AlterBrokerDefaults(BrokerSettings.Defaults, [new("log.retention.ms", Set, "5")]).Status);
        var refused = ConfigAlteration.AlterBrokerDefaults(BrokerSettings.Defaults, [new("num.partitions", Set, "5")]);
        Assert.Equal((ConfigAlterationStatus.InvalidConfig, "Cannot update these configs dynamically: num.partitions"), (refused.Status, refused.Message));
    }
}
