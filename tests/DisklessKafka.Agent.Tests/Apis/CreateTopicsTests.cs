using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

public sealed class CreateTopicsTests : AdminTests
{
    protected override Dictionary<string, string> Settings => new() { ["num.partitions"] = "3", ["default.replication.factor"] = "2" };

    private static CreateTopicsRequest.CreatableTopic Topic(string name, int partitions = -1, short factor = -1, params (string, string?)[] configs) => new()
    {
        Name = new TopicName(name), NumPartitions = partitions, ReplicationFactor = factor,
        Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Item1, Value = config.Item2 })],
    };

    private async Task<List<CreateTopicsResponse.CreatableTopicResult>> CreateAsync(bool validateOnly, params CreateTopicsRequest.CreatableTopic[] topics) =>
        (await Client.SendAsync(new CreateTopicsRequest { Topics = [.. topics], ValidateOnly = validateOnly, TimeoutMs = 10_000 })).Topics;

    [Fact]
    public async Task A_topic_gets_the_brokers_defaults_and_the_answer_tells_all_of_them()
    {
        var created = Assert.Single(await CreateAsync(false, Topic("a", configs: ("retention.ms", "5"))));
        Assert.Equal((ErrorCode.None, 3, (short)2), (created.ErrorCode, created.NumPartitions, created.ReplicationFactor));
        Assert.NotEqual(Guid.Empty, created.TopicId.Value);
        Assert.Equal(33, created.Configs!.Count);
        Assert.Equal(("5", (sbyte)1), created.Configs.Where(config => config.Name == "retention.ms").Select(config => (config.Value, config.ConfigSource)).Single());
        Assert.Equal(("delete", (sbyte)5), created.Configs.Where(config => config.Name == "cleanup.policy").Select(config => (config.Value, config.ConfigSource)).Single());
    }

    [Fact]
    public async Task A_created_topic_is_seen_by_every_agent_at_once()
    {
        await using var other = await ConnectToAnotherAgentAsync();
        await CreateAsync(false, Topic("a", 7));
        var metadata = await other.SendAsync(new MetadataRequest { Topics = [new() { Name = new TopicName("a") }], AllowAutoTopicCreation = false });
        Assert.Equal((ErrorCode.None, 7), (metadata.Topics[0].ErrorCode, metadata.Topics[0].Partitions.Count));
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidTopicException)]
    [InlineData(".", ErrorCode.InvalidTopicException)]
    [InlineData("..", ErrorCode.InvalidTopicException)]
    [InlineData("a/b", ErrorCode.InvalidTopicException)]
    [InlineData("../../etc/passwd", ErrorCode.InvalidTopicException)]
    [InlineData("ä", ErrorCode.InvalidTopicException)]
    [InlineData("__cluster_metadata", ErrorCode.InvalidTopicException)]
    [InlineData("here.already", ErrorCode.TopicAlreadyExists)]
    [InlineData("here_already", ErrorCode.InvalidTopicException)]
    public async Task A_name_that_cannot_be_is_refused(string name, ErrorCode expected)
    {
        await CreateAsync(false, Topic("here.already"));
        foreach (var validateOnly in (bool[])[true, false])
        {
            var refused = Assert.Single(await CreateAsync(validateOnly, Topic(name)));
            Assert.Equal(expected, refused.ErrorCode);
            Assert.NotNull(refused.ErrorMessage);
        }
    }

    [Fact]
    public async Task A_name_of_250_letters_is_refused_and_one_of_249_is_not()
    {
        var answers = await CreateAsync(false, Topic(new string('a', 250)), Topic(new string('a', 249)));
        Assert.Equal([ErrorCode.InvalidTopicException, ErrorCode.None], answers.Select(answer => answer.ErrorCode));
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions)]
    [InlineData(10_000_000, 1, ErrorCode.InvalidPartitions)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, -2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, 3, ErrorCode.None)]
    public async Task Partitions_and_replication_are_checked_but_any_replication_factor_will_do(int partitions, short factor, ErrorCode expected) =>
        Assert.Equal(expected, (await CreateAsync(false, Topic("a", partitions, factor)))[0].ErrorCode);

    [Fact]
    public async Task One_request_cannot_ask_for_more_than_ten_thousand_partitions()
    {
        var answers = await CreateAsync(false, Topic("a", 6_000), Topic("b", 6_000), Topic("c", 0));
        Assert.Equal([ErrorCode.PolicyViolation, ErrorCode.PolicyViolation, ErrorCode.InvalidPartitions], answers.Select(answer => answer.ErrorCode));
        Assert.Equal(0, Agent.View.Topics.Count);
        Assert.Equal(ErrorCode.None, (await CreateAsync(false, Topic("a", 10_000)))[0].ErrorCode);
    }

    [Theory]
    [InlineData("no.such.setting", "1")]
    [InlineData("retention.ms", "soon")]
    [InlineData("retention.ms", null)]
    [InlineData("compression.type", "zstd")]
    public async Task A_bad_setting_refuses_its_topic_only(string name, string? value)
    {
        var answers = await CreateAsync(false, Topic("bad", configs: (name, value)), Topic("good"));
        Assert.Equal([ErrorCode.InvalidConfig, ErrorCode.None], answers.Select(answer => answer.ErrorCode));
    }

    [Fact]
    public async Task A_name_given_twice_is_refused_once_for_both()
    {
        var answers = await CreateAsync(false, Topic("a"), Topic("b"), Topic("a"));
        Assert.Equal([("a", ErrorCode.InvalidRequest), ("b", ErrorCode.None)], answers.Select(answer => (answer.Name.Value, answer.ErrorCode)));
    }

    [Fact]
    public async Task Validating_creates_nothing_and_gives_no_id()
    {
        var checkedOnly = Assert.Single(await CreateAsync(true, Topic("a", 5)));
        Assert.Equal((ErrorCode.None, 5, Guid.Empty), (checkedOnly.ErrorCode, checkedOnly.NumPartitions, checkedOnly.TopicId.Value));
        Assert.Equal(0, Agent.View.Topics.Count);
    }

    [Fact]
    public async Task Assignments_give_the_number_of_partitions_and_the_replication_factor()
    {
        var topic = Topic("a");
        topic.Assignments = [new() { PartitionIndex = 1, BrokerIds = [7, 8] }, new() { PartitionIndex = 0, BrokerIds = [9, 7] }];
        Assert.Equal((ErrorCode.None, 2, (short)2), (await CreateAsync(false, topic)).Select(created => (created.ErrorCode, created.NumPartitions, created.ReplicationFactor)).Single());
    }

    [Theory]
    [InlineData("0:1 0:2", -1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1 2:1", -1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1 1:1,2", -1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1,1", -1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:", -1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1", 1, ErrorCode.InvalidRequest)]
    public async Task An_assignment_that_makes_no_sense_is_refused(string assignments, int partitions, ErrorCode expected)
    {
        var topic = Topic("a", partitions);
        topic.Assignments =
        [
            .. assignments.Split(' ').Select(text => text.Split(':')).Select(parts => new CreateTopicsRequest.CreatableReplicaAssignment
            {
                PartitionIndex = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                BrokerIds = [.. parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))],
            }),
        ];
        Assert.Equal(expected, (await CreateAsync(false, topic))[0].ErrorCode);
    }

    [Fact]
    public async Task Every_version_is_served()
    {
        foreach (var version in VersionsOf(ApiKey.CreateTopics))
        {
            var response = await Client.SendAsync(new CreateTopicsRequest { Topics = [Topic($"v{version}", 2, 1)], TimeoutMs = 10_000 }, version);
            Assert.Equal((ErrorCode.None, version >= 5 ? 2 : -1), (response.Topics[0].ErrorCode, response.Topics[0].NumPartitions));
        }
    }
}
