using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;

namespace DisklessKafka.Agent.Tests.EndToEnd;

/// <summary>Agents that die are noticed by their connections, long before their sessions end.</summary>
public sealed class PeerWatchTests
{
    private static readonly AgentOptions LongSession = InProcessCluster.Quick with { SessionTimeout = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Clients_are_not_sent_to_an_agent_that_died_though_its_session_lives_on()
    {
        await using var cluster = new InProcessCluster();
        var survivor = await cluster.StartAgentAsync(LongSession);
        var victim = await cluster.StartAgentAsync(LongSession);
        await using var client = await InProcessCluster.ConnectAsync(survivor);
        await client.CreateTopicAsync("t", partitions: 16);
        Assert.Equal([survivor.NodeId, victim.NodeId], (await MetadataAsync(client, isExpected: answer => answer.Brokers.Count == 2)).Brokers.Select(broker => broker.NodeId));

        await victim.DisposeAsync(); // says goodbye to nobody

        var answer = await MetadataAsync(client, isExpected: answer => answer.Brokers.Count == 1);
        Assert.Equal(2, survivor.View.Agents.Count);
        Assert.All(answer.Topics[0].Partitions, partition => Assert.True(partition is { ErrorCode: ErrorCode.LeaderNotAvailable, LeaderId: -1 } || partition.LeaderId == survivor.NodeId));
        await MetadataAsync(client, isExpected: answer => answer.Topics[0].Partitions.TrueForAll(partition => partition.ErrorCode == ErrorCode.None && partition.LeaderId == survivor.NodeId));
    }

    [Fact]
    public async Task An_agent_that_answers_at_its_address_again_is_the_same_broker_again()
    {
        await using var cluster = new InProcessCluster();
        var survivor = await cluster.StartAgentAsync(LongSession);
        var victim = await cluster.StartAgentAsync(LongSession);
        var (address, node) = (new HostPort("127.0.0.1", victim.EndPoint.Port), victim.NodeId);
        await using var client = await InProcessCluster.ConnectAsync(survivor);
        await client.CreateTopicAsync("t");
        await victim.DisposeAsync();
        await MetadataAsync(client, isExpected: answer => answer.Brokers.Count == 1);

        var next = await cluster.StartAgentAsync(LongSession with { Listen = address });

        Assert.Equal(node, next.NodeId);
        var brokers = (await MetadataAsync(client, isExpected: answer => answer.Brokers.Count > 1)).Brokers;
        Assert.Equal(3, survivor.View.Agents.Count); // the session of the one that was killed lives on
        Assert.Equal([(survivor.NodeId, survivor.EndPoint.Port), (node, address.Port)], brokers.Select(broker => (broker.NodeId, broker.Port)));
    }

    [Fact]
    public async Task A_lone_agent_that_reaches_nobody_names_itself()
    {
        await using var cluster = new InProcessCluster();
        var agent = await cluster.StartAgentAsync(LongSession);
        await using var client = await InProcessCluster.ConnectAsync(agent);
        await client.CreateTopicAsync("t");
        Assert.Equal([agent.NodeId], (await MetadataAsync(client, isExpected: _ => true)).Brokers.Select(broker => broker.NodeId));
    }

    private static async Task<MetadataResponse> MetadataAsync(WireClient client, Func<MetadataResponse, bool> isExpected)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await client.SendAsync(new MetadataRequest { Topics = null }); // all of them
            if (isExpected(answer)) return answer;
            if (TimeProvider.System.GetElapsedTime(started) > WireClient.Patience)
                throw new TimeoutException($"after {WireClient.Patience} the agent still names {string.Join(", ", answer.Brokers.Select(broker => broker.NodeId))}");
            await Task.Yield();
        }
    }
}
