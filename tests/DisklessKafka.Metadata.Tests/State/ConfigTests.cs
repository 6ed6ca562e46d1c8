using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ConfigTests
{
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;

    private readonly StateDriver _driver = StateDriver.WithAlice();

    [Fact]
    public void Keys_are_set_replaced_and_deleted_one_by_one()
    {
        _driver.CreateTopic("t");
        Alter(ConfigResource.TopicType, "t", false, (Set, "b", "1"), (Set, "a", "2"));
        Alter(ConfigResource.TopicType, "t", false, (Set, "b", "3"));
        Assert.Equal("a=2 b=3", Shown(TopicConfigs("t")));
        Alter(ConfigResource.TopicType, "t", false, (Delete, "a", null), (Delete, "none", null));
        Assert.Equal("b=3", Shown(TopicConfigs("t")));
    }

    [Fact]
    public void Replacing_all_forgets_what_is_not_named()
    {
        _driver.CreateTopic("t");
        Alter(ConfigResource.TopicType, "t", false, (Set, "a", "1"));
        Alter(ConfigResource.TopicType, "t", true, (Set, "b", "2"));
        Assert.Equal("b=2", Shown(TopicConfigs("t")));
    }

    [Fact]
    public void Lists_grow_and_shrink_from_what_is_set_or_from_what_holds_unset()
    {
        _driver.CreateTopic("t");
        Alter(ConfigResource.TopicType, "t", false, (Append, "cleanup.policy", "compact"));
        Assert.Equal("cleanup.policy=delete,compact", Shown(TopicConfigs("t")));
        Alter(ConfigResource.TopicType, "t", false, (Append, "cleanup.policy", "compact"));
        Assert.Equal("cleanup.policy=delete,compact", Shown(TopicConfigs("t")));
        Alter(ConfigResource.TopicType, "t", false, (Subtract, "cleanup.policy", "delete"));
        Assert.Equal("cleanup.policy=compact", Shown(TopicConfigs("t")));
    }

    [Fact]
    public void An_unknown_topic_and_an_unknown_operation_change_nothing()
    {
        _driver.CreateTopic("t");
        Assert.Equal(AlterConfigsStatus.UnknownTopic, Alter(ConfigResource.TopicType, "none", false, (Set, "a", "1")));
        Assert.Equal(AlterConfigsStatus.InvalidOperation, Alter(ConfigResource.TopicType, "t", false, (Set, "a", "1"), (9, "b", "2")));
        Assert.Equal("", Shown(TopicConfigs("t")));
    }

    [Fact]
    public void Brokers_have_theirs_under_the_empty_name()
    {
        Alter(4, "", false, (Set, "num.partitions", "7"));
        Assert.Equal("num.partitions=7", Shown(_driver.State.View.BrokerConfigs));
        Alter(4, "", false, (Delete, "num.partitions", null));
        Assert.Empty(_driver.State.View.Configs);
    }

    private AlterConfigsStatus Alter(sbyte type, string name, bool replaceAll, params (sbyte Op, string Key, string? Value)[] changes) =>
        _driver.Apply(StateDriver.Alice, Command.Of(new AlterConfigs
        {
            Resources =
            [
                new AlterConfigs.Resource
                {
                    Type = type, Name = name, ReplaceAll = replaceAll,
                    Changes = [.. changes.Select(change => new AlterConfigs.Change { Op = change.Op, Key = change.Key, Value = change.Value, Unset = "delete" })],
                },
            ],
        })).Resources[0];

    private ConfigSet TopicConfigs(string name) => _driver.State.View.Topics.TryFind(new TopicName(name), out var topic) ? topic.Configs : ConfigSet.Empty;

    private static string Shown(ConfigSet configs) => string.Join(' ', configs.Select(pair => $"{pair.Key}={pair.Value}"));
}
