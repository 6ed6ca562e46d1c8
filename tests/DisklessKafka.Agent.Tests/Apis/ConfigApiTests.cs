using System.Globalization;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.</summary>
public sealed class ConfigApiTests : AdminTests
{
    private const sbyte Topic = 2, Broker = 4, Logger = 8, ClientMetrics = 16, Group = 32;
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;

    protected override Dictionary<string, string> Settings => new() { ["log.retention.hours"] = "1" };

    private async Task<DescribeConfigsResponse.DescribeConfigsResult> DescribeAsync(sbyte type, string name, params string[] keys) =>
        Assert.Single((await Client.SendAsync(new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys.Length == 0 ? null : [.. keys] }], IncludeSynonyms = true, IncludeDocumentation = true,
        })).Results);

    private async Task<(ErrorCode Error, string? Message)> AlterAsync(sbyte type, string name, bool validateOnly, params (string Key, sbyte Operation, string? Value)[] changes)
    {
        var response = await Client.SendAsync(new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = type, ResourceName = name, Configs = [.. changes.Select(change => new IncrementalAlterConfigsRequest.AlterableConfig { Name = change.Key, ConfigOperation = change.Operation, Value = change.Value })] },
            ],
            ValidateOnly = validateOnly,
        });
        return (Assert.Single(response.Responses).ErrorCode, response.Responses[0].ErrorMessage);
    }

    [Fact]
    public async Task A_topics_description_holds_every_setting_with_source_type_synonyms_and_text()
    {
        await Client.CreateTopicAsync("a", 1, ("max.message.bytes", "100"));
        var described = await DescribeAsync(Topic, "a");
        Assert.Equal((ErrorCode.None, 33), (described.ErrorCode, described.Configs.Count));
        var own = described.Configs.Single(config => config.Name == "max.message.bytes");
        Assert.Equal(("100", (sbyte)1, (sbyte)3, false), (own.Value, own.ConfigSource, own.ConfigType, own.ReadOnly));
        Assert.Equal([("max.message.bytes", "100", (sbyte)1), ("message.max.bytes", "1048588", (sbyte)5)], own.Synonyms.Select(synonym => (synonym.Name, synonym.Value, synonym.Source)));
        var inherited = described.Configs.Single(config => config.Name == "retention.ms");
        Assert.Equal(("3600000", (sbyte)4), (inherited.Value, inherited.ConfigSource));
        Assert.All(described.Configs, config => Assert.False(string.IsNullOrEmpty(config.Documentation)));
    }

    [Fact]
    public async Task Only_the_keys_asked_for_are_described()
    {
        await Client.CreateTopicAsync("a");
        Assert.Equal(["cleanup.policy", "retention.ms"], (await DescribeAsync(Topic, "a", "retention.ms", "cleanup.policy", "no.such.key")).Configs.Select(config => config.Name));
    }

    [Fact]
    public async Task A_broker_tells_who_it_is()
    {
        var described = (await DescribeAsync(Broker, Agent.NodeId.ToString(CultureInfo.InvariantCulture))).Configs.ToDictionary(config => config.Name);
        Assert.Equal(Agent.NodeId.ToString(CultureInfo.InvariantCulture), described["node.id"].Value);
        Assert.Equal($"PLAINTEXT://{Agent.Advertised}", described["advertised.listeners"].Value);
        Assert.Equal(("zone-a", true), (described["broker.rack"].Value, described["broker.rack"].ReadOnly));
        Assert.Equal(("1", (sbyte)4), (described["log.retention.hours"].Value, described["log.retention.hours"].ConfigSource));
        Assert.Equal((null, true), (described["ssl.keystore.password"].Value, described["ssl.keystore.password"].IsSensitive));
    }

    [Theory]
    [InlineData(Topic, "nowhere", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Topic, "a/b", ErrorCode.InvalidTopicException)]
    [InlineData(Broker, "4711", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "one", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "", ErrorCode.None)]
    [InlineData(Logger, "1", ErrorCode.InvalidRequest)]
    [InlineData(ClientMetrics, "x", ErrorCode.InvalidRequest)]
    [InlineData(Group, "", ErrorCode.InvalidRequest)]
    [InlineData((sbyte)99, "x", ErrorCode.InvalidRequest)]
    public async Task What_has_no_settings_is_refused(sbyte type, string name, ErrorCode expected)
    {
        var described = await DescribeAsync(type, name);
        Assert.Equal(expected, described.ErrorCode);
        Assert.Empty(described.Configs);
    }

    [Fact]
    public async Task Every_version_of_description_is_served()
    {
        await Client.CreateTopicAsync("a");
        foreach (var version in VersionsOf(ApiKey.DescribeConfigs))
            Assert.Equal(33, (await Client.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = Topic, ResourceName = "a", ConfigurationKeys = null }] }, version)).Results[0].Configs.Count);
    }

    [Fact]
    public async Task Changes_come_one_by_one_and_a_list_grows_from_its_default()
    {
        await Client.CreateTopicAsync("a", 1, ("retention.ms", "7"));
        Assert.Equal((ErrorCode.None, null), await AlterAsync(Topic, "a", false, ("cleanup.policy", Append, "compact"), ("max.message.bytes", Set, "5000")));
        Assert.Equal("delete,compact", await ConfigAsync("a", "cleanup.policy"));
        Assert.Equal((ErrorCode.None, null), await AlterAsync(Topic, "a", false, ("cleanup.policy", Subtract, "delete"), ("max.message.bytes", Delete, null)));
        Assert.Equal("compact", await ConfigAsync("a", "cleanup.policy"));
        Assert.Equal("1048588", await ConfigAsync("a", "max.message.bytes"));
        Assert.Equal("7", await ConfigAsync("a", "retention.ms"));
    }

    [Fact]
    public async Task A_changed_limit_is_in_force_for_the_next_batch()
    {
        var id = await Client.CreateTopicAsync("a");
        await AlterAsync(Topic, "a", false, ("max.message.bytes", Set, "100"));
        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(id, 0, new string('x', 200)));
        Assert.Equal(ErrorCode.None, await ProduceAsync(id, 0, "x"));
    }

    [Fact]
    public async Task A_default_for_all_brokers_reaches_topics_that_have_no_value_of_their_own()
    {
        await Client.CreateTopicAsync("a");
        Assert.Equal((ErrorCode.None, null), await AlterAsync(Broker, "", false, ("log.retention.ms", Set, "9")));
        var described = Assert.Single((await DescribeAsync(Topic, "a", "retention.ms")).Configs);
        Assert.Equal(("9", (sbyte)3), (described.Value, described.ConfigSource));
        Assert.Equal(["log.retention.ms"], (await DescribeAsync(Broker, "")).Configs.Select(config => config.Name));
    }

    [Theory]
    [InlineData(Topic, "a", "retention.ms", Append, "1", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "a", "retention.ms", Set, "soon", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "a", "no.such.key", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "a", "cleanup.policy", Append, "shred", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "a", "retention.ms", Set, null, ErrorCode.InvalidRequest)]
    [InlineData(Topic, "a", "retention.ms", (sbyte)9, "1", ErrorCode.InvalidRequest)]
    [InlineData(Topic, "nowhere", "retention.ms", Set, "1", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Broker, "", "num.partitions", Set, "3", ErrorCode.InvalidConfig)]
    [InlineData(Broker, "1", "log.retention.ms", Set, "3", ErrorCode.InvalidRequest)]
    [InlineData(Logger, "1", "root", Set, "DEBUG", ErrorCode.InvalidRequest)]
    public async Task A_change_that_makes_no_sense_is_refused_with_a_reason(sbyte type, string name, string key, sbyte operation, string? value, ErrorCode expected)
    {
        await Client.CreateTopicAsync("a");
        var (error, message) = await AlterAsync(type, name, false, (key, operation, value));
        Assert.Equal(expected, error);
        Assert.NotNull(message);
    }

    [Fact]
    public async Task Validating_a_change_changes_nothing()
    {
        await Client.CreateTopicAsync("a");
        Assert.Equal((ErrorCode.None, null), await AlterAsync(Topic, "a", true, ("retention.ms", Set, "1")));
        Assert.Equal("3600000", await ConfigAsync("a", "retention.ms"));
    }

    [Fact]
    public async Task The_older_request_replaces_all_that_is_set()
    {
        await Client.CreateTopicAsync("a", 1, ("retention.ms", "7"), ("max.message.bytes", "8"));
        foreach (var version in VersionsOf(ApiKey.AlterConfigs))
        {
            var response = await Client.SendAsync(new AlterConfigsRequest { Resources = [new() { ResourceType = Topic, ResourceName = "a", Configs = [new() { Name = "retention.bytes", Value = $"{version}" }] }] }, version);
            Assert.Equal(ErrorCode.None, Assert.Single(response.Responses).ErrorCode);
            Assert.Equal($"{version}", await ConfigAsync("a", "retention.bytes"));
        }

        Assert.Equal("3600000", await ConfigAsync("a", "retention.ms"));
        Assert.Equal("1048588", await ConfigAsync("a", "max.message.bytes"));
    }

    [Fact]
    public async Task A_resource_named_twice_is_refused_in_both_places()
    {
        await Client.CreateTopicAsync("a");
        var resource = new IncrementalAlterConfigsRequest.AlterConfigsResource { ResourceType = Topic, ResourceName = "a", Configs = [new() { Name = "retention.ms", Value = "1" }] };
        var response = await Client.SendAsync(new IncrementalAlterConfigsRequest { Resources = [resource, resource] });
        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.InvalidRequest], response.Responses.Select(answer => answer.ErrorCode));
    }
}
