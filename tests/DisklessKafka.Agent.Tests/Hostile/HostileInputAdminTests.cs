using DisklessKafka.Agent.Tests.Apis;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile questions about leaders, replicas, features and configurations: each is answered in time, and the agent goes on.</summary>
public sealed class HostileInputAdminTests : AdminTests
{
    private const int Many = 100_000;

    [Fact]
    public async Task A_reassignment_to_a_hundred_thousand_replicas_is_refused()
    {
        await Client.CreateTopicAsync("t");
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0, Enumerable.Repeat(Agent.NodeId, Many)));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0, Enumerable.Range(Agent.NodeId, Many)));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0, [int.MinValue]));
    }

    [Theory]
    [InlineData("t", -1)]
    [InlineData("t", int.MinValue)]
    [InlineData("t", int.MaxValue)]
    [InlineData("", 0)]
    [InlineData("../../etc/passwd", 0)]
    [InlineData("köln\0", 0)]
    public async Task A_partition_that_cannot_be_is_unknown(string topic, int partition)
    {
        await Client.CreateTopicAsync("t");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ReassignAsync(topic, partition, [Agent.NodeId]));
        var election = await Answered(Client.SendAsync(new ElectLeadersRequest { TopicPartitions = [new() { Topic = new TopicName(topic), Partitions = [partition] }] }));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, election.ReplicaElectionResults[0].PartitionResult[0].ErrorCode);
    }

    [Theory]
    [InlineData(sbyte.MinValue)]
    [InlineData(-1)]
    [InlineData(2)]
    public async Task An_election_of_no_known_kind_is_refused(sbyte type)
    {
        var response = await Answered(Client.SendAsync(new ElectLeadersRequest { ElectionType = type, TopicPartitions = null }));
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Fact]
    public async Task A_quorum_asked_for_a_hundred_thousand_times_is_not_told_as_often()
    {
        var request = new DescribeQuorumRequest { Topics = [new() { TopicName = new TopicName("__cluster_metadata") }] };
        for (var i = 0; i < Many; i++) request.Topics[0].Partitions.Add(new() { PartitionIndex = 0 });
        var response = await Answered(Client.SendAsync(request));
        Assert.All(response.Topics[0].Partitions, partition => Assert.Equal((ErrorCode.UnknownTopicOrPartition, 0), (partition.ErrorCode, partition.CurrentVoters.Count)));
    }

    [Fact]
    public async Task A_type_of_resource_named_a_hundred_thousand_times_counts_once()
    {
        for (var i = 0; i < 20; i++) await Client.CreateTopicAsync($"t{i}");
        var response = await Answered(Client.SendAsync(new ListConfigResourcesRequest { ResourceTypes = [.. Enumerable.Repeat((sbyte)2, Many)] }));
        Assert.Equal(20, response.ConfigResources.Count);
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task A_broker_that_cannot_be_is_not_registered(int broker) =>
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, (await Answered(Client.SendAsync(new UnregisterBrokerRequest { BrokerId = broker }))).ErrorCode);

    [Theory]
    [InlineData("", 1)]
    [InlineData("metadata.version", short.MaxValue)]
    [InlineData("transaction.version", short.MinValue)]
    [InlineData("transaction.version", -1)]
    [InlineData("köln\0", 0)]
    public async Task A_feature_or_level_that_cannot_be_is_refused(string feature, short level)
    {
        var response = await Answered(Client.SendAsync(new UpdateFeaturesRequest { FeatureUpdates = [new() { Feature = feature, MaxVersionLevel = level }] }));
        Assert.Equal(ErrorCode.InvalidUpdateVersion, response.ErrorCode);
        Assert.Equal(ErrorCode.None, (await Client.SendAsync(new ListConfigResourcesRequest())).ErrorCode);
    }

    private async Task<ErrorCode> ReassignAsync(string topic, int partition, IEnumerable<int> replicas)
    {
        var response = await Answered(Client.SendAsync(new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, Replicas = [.. replicas] }] }],
        }));
        return response.Responses[0].Partitions[0].ErrorCode;
    }

    private static Task<T> Answered<T>(Task<T> answer) => answer.WaitAsync(WireClient.Patience);
}
