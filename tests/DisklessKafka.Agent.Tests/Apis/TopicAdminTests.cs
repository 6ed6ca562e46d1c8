using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>DeleteTopics, CreatePartitions and DeleteRecords.</summary>
public sealed class TopicAdminTests : AdminTests
{
    private async Task<DeleteTopicsResponse> DeleteAsync(params (string? Name, TopicId Id)[] topics) => await Client.SendAsync(new DeleteTopicsRequest
    {
        Topics = [.. topics.Select(topic => new DeleteTopicsRequest.DeleteTopicState { Name = topic.Name is null ? null : new TopicName(topic.Name), TopicId = topic.Id })],
        TimeoutMs = 10_000,
    });

    private async Task<CreatePartitionsResponse.CreatePartitionsTopicResult> GrowAsync(string topic, int count, bool validateOnly = false, int assignments = 0)
    {
        var response = await Client.SendAsync(new CreatePartitionsRequest
        {
            Topics = [new() { Name = new TopicName(topic), Count = count, Assignments = assignments == 0 ? null : [.. Enumerable.Range(0, assignments).Select(_ => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [1] })] }],
            ValidateOnly = validateOnly, TimeoutMs = 10_000,
        });
        return Assert.Single(response.Results);
    }

    private async Task<(ErrorCode Error, long LowWatermark)> DeleteRecordsAsync(string topic, int partition, long offset)
    {
        var response = await Client.SendAsync(new DeleteRecordsRequest { Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, Offset = offset }] }], TimeoutMs = 10_000 });
        var answer = response.Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.LowWatermark);
    }

    [Fact]
    public async Task A_topic_is_deleted_by_name_or_by_id_and_comes_back_with_another_id()
    {
        var first = await Client.CreateTopicAsync("a");
        var byName = Assert.Single((await DeleteAsync(("a", default))).Responses);
        Assert.Equal((ErrorCode.None, first), (byName.ErrorCode, byName.TopicId));
        var second = await Client.CreateTopicAsync("a");
        Assert.NotEqual(first, second);
        var byId = Assert.Single((await DeleteAsync((null, second))).Responses);
        Assert.Equal((ErrorCode.None, "a"), (byId.ErrorCode, byId.Name!.Value.Value));
        Assert.Equal(0, Agent.View.Topics.Count);
    }

    [Fact]
    public async Task What_is_unknown_or_named_twice_or_both_ways_is_refused_by_itself()
    {
        var id = await Client.CreateTopicAsync("a");
        await Client.CreateTopicAsync("b");
        var response = await DeleteAsync(("nowhere", default), (null, new TopicId(Guid.NewGuid())), ("a", id), (null, default), ("b", default), ("b", default), ("a", default));
        Assert.Equal(
            [ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicId, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest, ErrorCode.None],
            response.Responses.Select(answer => answer.ErrorCode));
        Assert.Equal(1, Agent.View.Topics.Count);
    }

    [Fact]
    public async Task Every_version_of_deletion_is_served()
    {
        foreach (var version in VersionsOf(ApiKey.DeleteTopics))
        {
            var topic = new TopicName($"v{version}");
            await Client.CreateTopicAsync(topic.Value);
            var response = await Client.SendAsync(new DeleteTopicsRequest { TopicNames = [topic], Topics = [new() { Name = topic }], TimeoutMs = 10_000 }, version);
            Assert.Equal((ErrorCode.None, topic), (Assert.Single(response.Responses).ErrorCode, response.Responses[0].Name));
        }
    }

    [Fact]
    public async Task Partitions_only_ever_become_more()
    {
        var id = await Client.CreateTopicAsync("a", 2);
        Assert.Equal(ErrorCode.None, (await GrowAsync("a", 4)).ErrorCode);
        Assert.Equal(ErrorCode.None, await ProduceAsync(id, 3, "in the new partition"));
        var same = await GrowAsync("a", 4);
        Assert.Equal((ErrorCode.InvalidPartitions, "Topic already has 4 partition(s)."), (same.ErrorCode, same.ErrorMessage));
        Assert.Equal(ErrorCode.InvalidPartitions, (await GrowAsync("a", 3)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidPartitions, (await GrowAsync("a", 10_000_000)).ErrorCode);
        Assert.Equal(ErrorCode.PolicyViolation, (await GrowAsync("a", 50_000)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await GrowAsync("nowhere", 4)).ErrorCode);
    }

    [Fact]
    public async Task Validating_an_increase_changes_nothing()
    {
        await Client.CreateTopicAsync("a", 2);
        Assert.Equal(ErrorCode.None, (await GrowAsync("a", 4, validateOnly: true)).ErrorCode);
        Assert.Equal(2, Agent.View.Topics.All[0].Partitions.Length);
    }

    [Theory]
    [InlineData(1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(2, ErrorCode.None)]
    public async Task An_increase_takes_one_assignment_for_each_new_partition(int assignments, ErrorCode expected)
    {
        await Client.CreateTopicAsync("a", 2);
        Assert.Equal(expected, (await GrowAsync("a", 4, assignments: assignments)).ErrorCode);
    }

    [Fact]
    public async Task Deleted_records_move_the_log_start_and_never_back()
    {
        var id = await Client.CreateTopicAsync("a");
        await ProduceAsync(id, 0, "0", "1", "2", "3", "4");
        Assert.Equal((ErrorCode.None, 3), await DeleteRecordsAsync("a", 0, 3));
        Assert.Equal((ErrorCode.None, 3), await DeleteRecordsAsync("a", 0, 1));
        Assert.Equal((ErrorCode.None, 5), await DeleteRecordsAsync("a", 0, -1));
    }

    [Theory]
    [InlineData("a", 0, 6, ErrorCode.OffsetOutOfRange)]
    [InlineData("a", 0, long.MaxValue, ErrorCode.OffsetOutOfRange)]
    [InlineData("a", 0, -2, ErrorCode.OffsetOutOfRange)]
    [InlineData("a", 1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("a", -1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("nowhere", 0, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("compacted", 0, 0, ErrorCode.PolicyViolation)]
    public async Task Records_that_cannot_be_deleted_are_refused(string topic, int partition, long offset, ErrorCode expected)
    {
        var id = await Client.CreateTopicAsync("a");
        await Client.CreateTopicAsync("compacted", 1, ("cleanup.policy", "compact"));
        await ProduceAsync(id, 0, "0", "1", "2", "3", "4");
        Assert.Equal((expected, -1), await DeleteRecordsAsync(topic, partition, offset));
    }
}

public sealed class DisabledDeletionTests : AdminTests
{
    protected override Dictionary<string, string> Settings => new() { ["delete.topic.enable"] = "false" };

    [Fact]
    public async Task Where_deletion_is_disabled_topics_stay()
    {
        await Client.CreateTopicAsync("a");
        foreach (var version in VersionsOf(ApiKey.DeleteTopics))
        {
            var request = new DeleteTopicsRequest { TopicNames = [new TopicName("a")], Topics = [new() { Name = new TopicName("a") }] };
            var error = Assert.Single((await Client.SendAsync(request, version)).Responses, response => response.Name == new TopicName("a")).ErrorCode;
            Assert.Equal(version < 3 ? ErrorCode.InvalidRequest : ErrorCode.TopicDeletionDisabled, error);
        }

        Assert.Equal(1, Agent.View.Topics.Count);
    }
}
