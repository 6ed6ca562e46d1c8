using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>DescribeCluster, DescribeTopicPartitions, DescribeProducers, DescribeLogDirs, FindCoordinator and OffsetForLeaderEpoch.</summary>
public sealed class ClusterApiTests : AdminTests
{
    protected override Dictionary<string, string> Settings => new() { ["max.request.partition.size.limit"] = "5" };

    [Fact]
    public async Task A_cluster_is_described_alike_in_every_version()
    {
        foreach (var version in VersionsOf(ApiKey.DescribeCluster))
        {
            var described = await Client.SendAsync(new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true }, version);
            var broker = Assert.Single(described.Brokers);
            Assert.Equal((ErrorCode.None, Agent.NodeId, Agent.NodeId, Agent.EndPoint.Port, "zone-a"), (described.ErrorCode, described.ControllerId, broker.BrokerId, broker.Port, broker.Rack));
            Assert.NotEmpty(described.ClusterId);
            Assert.NotEqual(int.MinValue, described.ClusterAuthorizedOperations);
        }
    }

    [Theory]
    [InlineData(2, ErrorCode.MismatchedEndpointType)]
    [InlineData(9, ErrorCode.UnsupportedEndpointType)]
    public async Task There_are_no_controllers_to_describe(sbyte endpointType, ErrorCode expected) =>
        Assert.Equal(expected, (await Client.SendAsync(new DescribeClusterRequest { EndpointType = endpointType })).ErrorCode);

    [Fact]
    public async Task Topics_are_described_page_by_page_in_name_order()
    {
        await Client.CreateTopicAsync("b", 4);
        await Client.CreateTopicAsync("a", 3);
        await Client.CreateTopicAsync("c", 1);
        var seen = new List<string>();
        DescribeTopicPartitionsRequest.CursorData? cursor = null;
        for (var page = 0; page < 10; page++)
        {
            var response = await Client.SendAsync(new DescribeTopicPartitionsRequest { Cursor = cursor, ResponsePartitionLimit = 2 });
            seen.AddRange(response.Topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Name}{partition.PartitionIndex}")));
            Assert.InRange(response.Topics.Sum(topic => topic.Partitions.Count), 1, 2);
            if (response.NextCursor is not { } next) break;
            cursor = new() { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex };
        }

        Assert.Equal(["a0", "a1", "a2", "b0", "b1", "b2", "b3", "c0"], seen);
    }

    [Fact]
    public async Task A_page_is_never_larger_than_the_agent_allows()
    {
        await Client.CreateTopicAsync("a", 9);
        var response = await Client.SendAsync(new DescribeTopicPartitionsRequest { ResponsePartitionLimit = int.MaxValue });
        Assert.Equal((5, 5), (response.Topics[0].Partitions.Count, response.NextCursor!.PartitionIndex));
    }

    [Fact]
    public async Task Topics_that_are_named_are_described_and_unknown_ones_say_so()
    {
        await Client.CreateTopicAsync("a");
        var response = await Client.SendAsync(new DescribeTopicPartitionsRequest { Topics = [new() { Name = new TopicName("z") }, new() { Name = new TopicName("a") }, new() { Name = new TopicName("a/b") }] });
        Assert.Equal(
            [("a", ErrorCode.None), ("a/b", ErrorCode.InvalidTopicException), ("z", ErrorCode.UnknownTopicOrPartition)],
            response.Topics.Select(topic => (topic.Name!.Value.Value, topic.ErrorCode)));
        Assert.Equal((Agent.NodeId, -1), (response.Topics[0].Partitions[0].LeaderId, response.Topics[0].Partitions[0].LeaderEpoch));
    }

    [Fact]
    public async Task An_idempotent_producer_is_seen_with_its_last_sequence()
    {
        var id = await Client.CreateTopicAsync("a", 2);
        var producer = await Client.SendAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1000 });
        await Client.ProduceAsync(id, 0, WireClientVerbs.Batch(producer.ProducerId.Value, producer.ProducerEpoch, 0, "0", "1", "2"));
        var response = await Client.SendAsync(new DescribeProducersRequest { Topics = [new() { Name = new TopicName("a"), PartitionIndexes = [0, 1, 2] }] });
        var partitions = response.Topics[0].Partitions;
        var active = Assert.Single(partitions[0].ActiveProducers);
        Assert.Equal((producer.ProducerId, (int)producer.ProducerEpoch, 2), (active.ProducerId, active.ProducerEpoch, active.LastSequence));
        Assert.Empty(partitions[1].ActiveProducers);
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition], partitions.Select(partition => partition.ErrorCode));
    }

    [Fact]
    public async Task Sizes_are_told_for_the_one_directory_there_is()
    {
        var id = await Client.CreateTopicAsync("a", 2);
        await ProduceAsync(id, 1, "some bytes");
        foreach (var version in VersionsOf(ApiKey.DescribeLogDirs))
        {
            var directory = Assert.Single((await Client.SendAsync(new DescribeLogDirsRequest { Topics = null }, version)).Results);
            Assert.Equal((ErrorCode.None, "memory:"), (directory.ErrorCode, directory.LogDir));
            var sizes = Assert.Single(directory.Topics).Partitions.ToDictionary(partition => partition.PartitionIndex, partition => partition.PartitionSize);
            Assert.Equal(0, sizes[0]);
            Assert.InRange(sizes[1], 61, 200);
        }
    }

    [Fact]
    public async Task Sizes_are_told_only_for_what_was_asked_for()
    {
        await Client.CreateTopicAsync("a", 2);
        var response = await Client.SendAsync(new DescribeLogDirsRequest { Topics = [new() { Topic = new TopicName("a"), Partitions = [1, 7] }, new() { Topic = new TopicName("nowhere"), Partitions = [0] }] });
        Assert.Equal([1], Assert.Single(response.Results[0].Topics).Partitions.Select(partition => partition.PartitionIndex));
    }

    [Fact]
    public async Task A_coordinator_is_an_agent_and_every_agent_names_the_same_one()
    {
        await using var other = await ConnectToAnotherAgentAsync();
        for (var i = 0; i < 20; i++)
        {
            var request = new FindCoordinatorRequest { KeyType = 0, CoordinatorKeys = [$"group-{i}"] };
            var (here, there) = (await Client.SendAsync(request), await other.SendAsync(request));
            Assert.Equal((ErrorCode.None, here.Coordinators[0].NodeId), (there.Coordinators[0].ErrorCode, there.Coordinators[0].NodeId));
        }
    }

    [Fact]
    public async Task Every_version_finds_coordinators()
    {
        foreach (var version in VersionsOf(ApiKey.FindCoordinator))
        {
            var response = await Client.SendAsync(new FindCoordinatorRequest { Key = "g", CoordinatorKeys = ["g", "h"] }, version);
            if (version < 4) Assert.Equal((ErrorCode.None, Agent.NodeId, Agent.EndPoint.Port), (response.ErrorCode, response.NodeId, response.Port));
            else Assert.Equal([("g", Agent.NodeId), ("h", Agent.NodeId)], response.Coordinators.Select(found => (found.Key, found.NodeId)));
        }
    }

    [Fact]
    public async Task Share_groups_have_no_coordinator()
    {
        var response = await Client.SendAsync(new FindCoordinatorRequest { KeyType = 2, CoordinatorKeys = ["g:id:0"] });
        Assert.Equal((ErrorCode.InvalidRequest, -1), (response.Coordinators[0].ErrorCode, response.Coordinators[0].NodeId));
    }

    /// <summary>A client that is told one would ask at every new leader whether what it read is still there.</summary>
    [Fact]
    public async Task Clients_are_told_of_no_leader_epoch()
    {
        var id = await Client.CreateTopicAsync("a");
        await ProduceAsync(id, 0, "0");
        foreach (var version in VersionsOf(ApiKey.Metadata).Where(version => version >= 7))
            Assert.Equal(-1, (await Client.SendAsync(new MetadataRequest { Topics = [new() { Name = new TopicName("a") }] }, version)).Topics[0].Partitions[0].LeaderEpoch);
        foreach (var timestamp in new long[] { -1, -2, 0 })
        {
            var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = new TopicName("a"), Partitions = [new() { PartitionIndex = 0, CurrentLeaderEpoch = -1, Timestamp = timestamp }] }] };
            Assert.Equal(-1, (await Client.SendAsync(request, 5)).Topics[0].Partitions[0].LeaderEpoch);
        }
    }

    [Theory]
    [InlineData(0, -1, ErrorCode.None, 0, 2)]
    [InlineData(0, 0, ErrorCode.None, 0, 2)]
    [InlineData(5, -1, ErrorCode.None, -1, -1)]
    [InlineData(-1, -1, ErrorCode.None, -1, -1)]
    [InlineData(0, 1, ErrorCode.UnknownLeaderEpoch, -1, -1)]
    public async Task The_first_leader_epoch_which_a_client_may_know_from_elsewhere_ends_at_the_high_watermark(int asked, int current, ErrorCode error, int epoch, long end)
    {
        var id = await Client.CreateTopicAsync("a");
        await ProduceAsync(id, 0, "0", "1");
        foreach (var version in VersionsOf(ApiKey.OffsetForLeaderEpoch))
        {
            var response = await Client.SendAsync(new OffsetForLeaderEpochRequest { Topics = [new() { Topic = new TopicName("a"), Partitions = [new() { Partition = 0, CurrentLeaderEpoch = current, LeaderEpoch = asked }] }] }, version);
            var answer = response.Topics[0].Partitions[0];
            Assert.Equal((error, epoch, end), (answer.ErrorCode, answer.LeaderEpoch, answer.EndOffset));
        }
    }
}
