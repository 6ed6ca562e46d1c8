using System.Net;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Processes;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Two agents on the same Postgres and the same bucket are one cluster.</summary>
public sealed class SeveralAgentsTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_one_agent_acknowledged_every_agent_serves_at_once()
    {
        await using var stores = new ServerStores();
        await stores.StartAsync();
        await using var first = await AgentProcess.StartAsync(stores.AgentArguments);
        await using var second = await AgentProcess.StartAsync(stores.AgentArguments);
        await using var writer = await ConnectAsync(first);
        await using var reader = await ConnectAsync(second);
        var topic = new TopicName(RunningAgent.NewTopic("shared"));
        var created = new CreateTopicsRequest { TimeoutMs = 30_000 };
        created.Topics.Add(new CreateTopicsRequest.CreatableTopic { Name = topic, NumPartitions = 1, ReplicationFactor = 1 });
        Assert.Equal(ErrorCode.None, (await writer.SendAsync(created)).Topics[0].ErrorCode);

        for (var i = 0; i < 20; i++)
        {
            // Through either agent by turns; the other one must know the new end without being given time.
            var (to, from) = i % 2 == 0 ? (writer, reader) : (reader, writer);
            Assert.Equal(i, await ProduceAsync(to, topic, $"record {i}"));
            Assert.Equal(i + 1, await EndAsync(from, topic));
        }

        var read = await AllClients.Reference.ConsumeAsync($"{first.Bootstrap},{second.Bootstrap}", topic.Value, 0, StartingPoint.AtOffset(0), 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"record {i}"), read.Select(record => System.Text.Encoding.UTF8.GetString(record.Value!)));
    }

    [Fact]
    public async Task When_an_agent_dies_the_other_one_carries_on_with_all_partitions()
    {
        Librdkafka.Load();
        var random = new Random(Environment.ProcessId);
        await using var stores = new ServerStores();
        await stores.StartAsync();
        string[][] arguments = [[.. stores.AgentArguments, "--listen", $"127.0.0.1:{LoopbackPort.Free(random)}"], [.. stores.AgentArguments, "--listen", $"127.0.0.1:{LoopbackPort.Free(random)}"]];
        AgentProcess[] agents = [await AgentProcess.StartAsync(arguments[0]), await AgentProcess.StartAsync(arguments[1])];
        try
        {
            var topic = RunningAgent.NewTopic("two-agents");
            Assert.Null((await AllClients.Reference.AdministerAsync(agents[0].Bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);
            using var load = new IdempotentLoad($"{agents[0].Bootstrap},{agents[1].Bootstrap}", topic, Partitions, Patience);
            for (var round = 0; round < 4; round++)
            {
                await load.WhenAcknowledgedAsync(2_000, Patience);
                await agents[round % 2].KillAsync();
                await load.WhenAcknowledgedAsync(2_000, Patience); // the other one alone
                agents[round % 2] = await AgentProcess.StartAsync(arguments[round % 2]);
            }

            HistoryReport.Verify(await load.FinishAsync(), least: 10_000, output);
        }
        finally
        {
            await agents[0].DisposeAsync();
            await agents[1].DisposeAsync();
        }
    }

    private static async Task<WireClient> ConnectAsync(AgentProcess agent)
    {
        var client = await WireClient.ConnectAsync(IPEndPoint.Parse(agent.Bootstrap));
        await client.NegotiateAsync();
        return client;
    }

    private static async Task<long> ProduceAsync(WireClient client, TopicName topic, string value)
    {
        var batch = new BatchBuilder().Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, System.Text.Encoding.UTF8.GetBytes(value)).Build();
        var data = new ProduceRequest.TopicProduceData { Name = topic };
        data.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 0, Records = new RecordsField(batch) });
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
        request.TopicData.Add(data);
        var answer = (await client.SendAsync(request, 9)).Responses[0].PartitionResponses[0];
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.BaseOffset;
    }

    private static async Task<long> EndAsync(WireClient client, TopicName topic)
    {
        const long latest = -1;
        var wanted = new ListOffsetsRequest.ListOffsetsTopic { Name = topic };
        wanted.Partitions.Add(new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = 0, CurrentLeaderEpoch = -1, Timestamp = latest });
        var request = new ListOffsetsRequest { ReplicaId = -1 };
        request.Topics.Add(wanted);
        return (await client.SendAsync(request)).Topics[0].Partitions[0].Offset;
    }
}
