using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using static DisklessKafka.TestKit.Agents.WireClientVerbs;

namespace DisklessKafka.Agent.Tests.EndToEnd;

/// <summary>An agent that leaves in good order has its clients turn to others while it still serves.</summary>
public sealed class LeavingTests : IAsyncLifetime
{
    private const int Partitions = 16;
    private static readonly string[] Groups = [.. Enumerable.Range(0, 8).Select(i => $"group-{i}")];
    private static readonly AgentOptions SlowToLeave = InProcessCluster.Quick with { DrainTime = TimeSpan.FromHours(1) };
    private readonly InProcessCluster _cluster = new();
    private GatedLog _gate = null!; // its way to the log
    private AgentNode _leaving = null!;
    private WireClient _client = null!; // of the one that leaves

    public async Task InitializeAsync()
    {
        _gate = new GatedLog(_cluster.Log);
        _leaving = await _cluster.StartAgentAsync(SlowToLeave, log: _gate);
        _client = await InProcessCluster.ConnectAsync(_leaving);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task It_leads_nothing_and_is_named_for_as_long_as_it_serves()
    {
        var staying = await _cluster.StartAgentAsync();
        await _client.CreateTopicAsync("t", Partitions);
        Assert.Contains((await MetadataAsync(_client)).Topics[0].Partitions, partition => partition.LeaderId == _leaving.NodeId);

        _ = _leaving.StopAsync();

        await _client.Closed.WaitAsync(WireClient.Patience);
        foreach (var agent in (AgentNode[])[_leaving, staying])
        {
            await using var client = await InProcessCluster.ConnectAsync(agent);
            var answer = await MetadataAsync(client);
            Assert.Equal([staying.NodeId, _leaving.NodeId], answer.Brokers.Select(broker => broker.NodeId));
            Assert.All(answer.Topics[0].Partitions, partition => Assert.Equal((ErrorCode.None, staying.NodeId), (partition.ErrorCode, partition.LeaderId)));
        }
    }

    [Fact]
    public async Task It_answers_what_was_asked_before_it_hangs_up_and_serves_those_who_come_back()
    {
        await _cluster.StartAgentAsync();
        var topic = await _client.CreateTopicAsync("t");
        _gate.Close();
        var write = _client.ProduceAsync(topic, 0, Batch(1, "a"));
        await _gate.AppendWaitsAsync().WaitAsync(WireClient.Patience);

        _ = _leaving.StopAsync();
        _gate.Open();

        Assert.Equal((ErrorCode.None, 0L), await OutcomeOf(write));
        await _client.Closed.WaitAsync(WireClient.Patience);
        await using var again = await InProcessCluster.ConnectAsync(_leaving);
        Assert.Equal((ErrorCode.None, 1L), await OutcomeOf(again.ProduceAsync(topic, 0, Batch(1, "b"))));
        Assert.Equal([(0, "a"), (1, "b")], (await again.FetchAsync(topic, 0, 0)).Records());
        Assert.False(again.Closed.IsCompleted);
    }

    /// <summary>The other agents among them, which would otherwise think that it has died.</summary>
    [Fact]
    public async Task It_does_not_hang_up_on_those_who_asked_nothing()
    {
        await _cluster.StartAgentAsync();
        await using var silent = await WireClient.ConnectAsync(_leaving.EndPoint);

        _ = _leaving.StopAsync();

        await _client.Closed.WaitAsync(WireClient.Patience);
        await silent.NegotiateAsync().WaitAsync(WireClient.Patience);
        Assert.Equal(2, (await MetadataAsync(silent)).Brokers.Count);
    }

    /// <summary>Clients ask every broker that they are shown for its groups, and add up.</summary>
    [Fact]
    public async Task It_lists_no_groups()
    {
        var staying = await _cluster.StartAgentAsync();
        await _client.CreateTopicAsync("t");
        foreach (var group in Groups)
            await _client.SendAsync(
                new OffsetCommitRequest
                {
                    GroupId = new GroupId(group), GenerationIdOrMemberEpoch = -1, MemberId = "",
                    Topics = [new() { Name = new TopicName("t"), Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1 }] }],
                },
                8);

        _ = _leaving.StopAsync();

        await _client.Closed.WaitAsync(WireClient.Patience);
        Assert.Empty(await GroupsAt(_leaving));
        Assert.Equal(Groups, await GroupsAt(staying));

        static async Task<IEnumerable<string>> GroupsAt(AgentNode agent)
        {
            await using var client = await InProcessCluster.ConnectAsync(agent);
            return (await client.SendAsync(new ListGroupsRequest())).Groups.Select(group => group.GroupId.Value);
        }
    }

    [Fact]
    public async Task Alone_it_has_no_reason_to_wait()
    {
        await _leaving.StopAsync().WaitAsync(WireClient.Patience); // well under the time to drain
        await _client.Closed.WaitAsync(WireClient.Patience);
    }

    private static async Task<(ErrorCode Error, long Offset)> OutcomeOf(Task<ProduceResponse.PartitionProduceResponse> produce)
    {
        var answer = await produce.WaitAsync(WireClient.Patience);
        return (answer.ErrorCode, answer.BaseOffset);
    }

    private static Task<MetadataResponse> MetadataAsync(WireClient client) => client.SendAsync(new MetadataRequest { Topics = null });
}
