using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>What is asked about leaders, replicas and controllers, of a cluster that has none.</summary>
public sealed class LeaderlessAdminTests : AdminTests
{
    [Fact]
    public async Task An_election_is_never_needed()
    {
        await Client.CreateTopicAsync("t");
        foreach (var version in VersionsOf(ApiKey.ElectLeaders))
        {
            var response = await Client.SendAsync(new ElectLeadersRequest { TopicPartitions = [new() { Topic = new TopicName("t"), Partitions = [0, 7] }] }, version);
            Assert.Equal([ErrorCode.ElectionNotNeeded, ErrorCode.UnknownTopicOrPartition], response.ReplicaElectionResults[0].PartitionResult.Select(each => each.ErrorCode));
        }

        var all = await Client.SendAsync(new ElectLeadersRequest { TopicPartitions = null });
        Assert.Equal((ErrorCode.None, 0), (all.ErrorCode, all.ReplicaElectionResults.Count));
        Assert.Equal(ErrorCode.InvalidRequest, (await Client.SendAsync(new ElectLeadersRequest { ElectionType = 9, TopicPartitions = [] })).ErrorCode);
    }

    [Fact]
    public async Task A_reassignment_is_checked_and_done_at_once()
    {
        await Client.CreateTopicAsync("t");
        Assert.Equal(ErrorCode.None, await ReassignAsync("t", 0, Agent.NodeId));
        Assert.Equal(ErrorCode.NoReassignmentInProgress, await ReassignAsync("t", 0, null));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0, Agent.NodeId, Agent.NodeId));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync("t", 0, 99));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ReassignAsync("u", 0, Agent.NodeId));
        Assert.Empty((await Client.SendAsync(new ListPartitionReassignmentsRequest { Topics = null })).Topics);
    }

    [Fact]
    public async Task Every_partition_is_in_the_one_directory_already_and_goes_nowhere_else()
    {
        await Client.CreateTopicAsync("t");
        var here = (await Client.SendAsync(new DescribeLogDirsRequest { Topics = null })).Results[0].LogDir;
        foreach (var version in VersionsOf(ApiKey.AlterReplicaLogDirs))
        {
            Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], await MoveAsync(version, (here, "t", [0, 7])));
            Assert.Equal([ErrorCode.UnknownTopicOrPartition], await MoveAsync(version, (here, "u", [0])));
            Assert.Equal([ErrorCode.LogDirNotFound, ErrorCode.LogDirNotFound], await MoveAsync(version, ("/var/lib/kafka", "t", [0, 7])));
            Assert.Equal([ErrorCode.LogDirNotFound], await MoveAsync(version, (here, "t", [0]), ("/var/lib/kafka", "t", [0])));
            Assert.Equal([ErrorCode.None], await MoveAsync(version, ("/var/lib/kafka", "t", [0]), (here, "t", [0])));
        }

        Assert.Empty(await MoveAsync(1));
    }

    [Fact]
    public async Task An_agent_unregisters_itself_and_nobody_else_does()
    {
        Assert.Equal(ErrorCode.InvalidRequest, (await Client.SendAsync(new UnregisterBrokerRequest { BrokerId = Agent.NodeId })).ErrorCode);
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, (await Client.SendAsync(new UnregisterBrokerRequest { BrokerId = 99 })).ErrorCode);
    }

    [Fact]
    public async Task The_quorum_is_the_agents_and_only_the_metadata_log_has_one()
    {
        await Client.CreateTopicAsync("t");
        foreach (var version in VersionsOf(ApiKey.DescribeQuorum))
        {
            var quorum = (await QuorumAsync(version, ("__cluster_metadata", 0)))[0];
            Assert.Equal((ErrorCode.None, Agent.NodeId), (quorum.ErrorCode, quorum.LeaderId));
            Assert.True(quorum.HighWatermark > 0);
            Assert.Equal(Agent.NodeId, Assert.Single(quorum.CurrentVoters).ReplicaId);
            Assert.Equal([ErrorCode.UnknownTopicOrPartition], (await QuorumAsync(version, ("t", 0))).Select(each => each.ErrorCode));
            Assert.Equal([ErrorCode.UnknownTopicOrPartition], (await QuorumAsync(version, ("__cluster_metadata", 1))).Select(each => each.ErrorCode));
        }
    }

    [Fact]
    public async Task What_is_asked_beside_the_quorum_makes_all_of_it_unknown() =>
        Assert.Equal(
            [ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
            (await QuorumAsync(2, ("__cluster_metadata", 0), ("t", 0))).Select(each => each.ErrorCode));

    [Fact]
    public async Task Features_stay_at_the_level_they_are_in_force_with()
    {
        foreach (var feature in ApiFeatures.Served.All)
            Assert.Equal(ErrorCode.None, (await UpdateAsync(feature.Name, feature.Finalized, 1)).Results[0].ErrorCode);
        Assert.Equal(ErrorCode.InvalidUpdateVersion, (await UpdateAsync("no.such.feature", 1, 1)).Results[0].ErrorCode);
        Assert.Equal(ErrorCode.InvalidUpdateVersion, (await UpdateAsync("no.such.feature", 1, 2)).ErrorCode);

        Task<UpdateFeaturesResponse> UpdateAsync(string name, short level, short version) =>
            Client.SendAsync(new UpdateFeaturesRequest { FeatureUpdates = [new() { Feature = name, MaxVersionLevel = level }] }, version);
    }

    [Fact]
    public async Task Resources_with_configurations_are_listed_by_type()
    {
        await Client.CreateTopicAsync("t");
        var all = await Client.SendAsync(new ListConfigResourcesRequest());
        Assert.Contains(all.ConfigResources, each => each.ResourceType == 2 && each.ResourceName == "t");
        Assert.Contains(all.ConfigResources, each => each.ResourceType == 4 && each.ResourceName == $"{Agent.NodeId}");
        Assert.All((await Client.SendAsync(new ListConfigResourcesRequest { ResourceTypes = [2] })).ConfigResources, each => Assert.Equal(2, each.ResourceType));
        Assert.Empty((await Client.SendAsync(new ListConfigResourcesRequest(), 0)).ConfigResources);
        Assert.Equal(ErrorCode.UnsupportedVersion, (await Client.SendAsync(new ListConfigResourcesRequest { ResourceTypes = [77] })).ErrorCode);
    }

    private async Task<List<DescribeQuorumResponse.PartitionData>> QuorumAsync(short version, params (string Topic, int Partition)[] asked)
    {
        var response = await Client.SendAsync(new DescribeQuorumRequest
        {
            Topics = [.. asked.Select(each => new DescribeQuorumRequest.TopicData { TopicName = new TopicName(each.Topic), Partitions = [new() { PartitionIndex = each.Partition }] })],
        }, version);
        return [.. response.Topics.Select(topic => Assert.Single(topic.Partitions))];
    }

    private async Task<IEnumerable<ErrorCode>> MoveAsync(short version, params (string Directory, string Topic, List<int> Partitions)[] moves)
    {
        var request = new AlterReplicaLogDirsRequest
        {
            Dirs = [.. moves.Select(move => new AlterReplicaLogDirsRequest.AlterReplicaLogDir { Path = move.Directory, Topics = [new() { Name = new TopicName(move.Topic), Partitions = move.Partitions }] })],
        };
        return (await Client.SendAsync(request, version)).Results.SelectMany(topic => topic.Partitions).Select(partition => partition.ErrorCode);
    }

    private async Task<ErrorCode> ReassignAsync(string topic, int partition, params int[]? replicas) => (await Client.SendAsync(new AlterPartitionReassignmentsRequest
    {
        Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, Replicas = replicas is null ? null : [.. replicas] }] }],
    })).Responses[0].Partitions[0].ErrorCode;
}
