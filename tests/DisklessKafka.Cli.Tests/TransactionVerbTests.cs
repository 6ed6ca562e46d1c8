using System.Text;
using System.Text.Json;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Transactions and producers, listed, described and aborted.</summary>
public sealed class TransactionVerbTests : OperatorTests
{
    private const short JoinsByItself = 13; // Produce, from version 12 on

    [Fact]
    public async Task An_open_transaction_is_listed_described_and_aborted()
    {
        await using var client = await ConnectAsync();
        var topic = await client.CreateTopicAsync("orders", 2);
        await client.ProduceAsync(topic, 1, WireClientVerbs.Batch(1, "before"));
        var producer = await OpenAsync(client, topic, "pay-1", 1);
        var id = producer.ProducerId.Value;
        Assert.Equal($"pay-1  Ongoing  producer {id}\n", (await RunAsync("transactions", "list")).OrThrow().Output);
        var described = (await RunAsync("transactions", "describe", "pay-1")).OrThrow().Output;
        Assert.StartsWith($"pay-1: Ongoing, producer {id} epoch {producer.ProducerEpoch}, time-out 60000 ms, open since ", described, StringComparison.Ordinal);
        Assert.EndsWith("\n  orders/1\n", described, StringComparison.Ordinal);
        Assert.Contains($"orders/1: producer {id} epoch {producer.ProducerEpoch}, last sequence 0", (await RunAsync("producers", "orders")).OrThrow().Output, StringComparison.Ordinal);

        Assert.Equal(
            (1, "diskless: orders/1: no open transaction begins at offset 0; 'diskless producers orders --partition 1' tells what is open\n"),
            await RefusalAsync("transactions", "abort", "--topic", "orders", "--partition", "1", "--start-offset", "0"));
        Assert.Equal(
            $"aborted the transaction of producer {id} that began at orders/1 offset 1\n",
            (await RunAsync("transactions", "abort", "--topic", "orders", "--partition", "1", "--start-offset", "1")).OrThrow().Output);
        Assert.Equal("CompleteAbort", (await JsonAsync("transactions", "describe", "pay-1")).GetProperty("state").GetString());
        Assert.DoesNotContain("transaction open", (await RunAsync("producers", "orders")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transactions_and_producers_are_told_to_programs_too()
    {
        await using var client = await ConnectAsync();
        var topic = await client.CreateTopicAsync("orders", 2);
        var producer = await OpenAsync(client, topic, "pay-1", 1);
        var listed = Assert.Single((await JsonAsync("transactions", "list")).EnumerateArray());
        Assert.Equal(
            ("pay-1", "Ongoing", producer.ProducerId.Value), (listed.GetProperty("id").GetString(), listed.GetProperty("state").GetString(), listed.GetProperty("producerId").GetInt64()));
        var described = await JsonAsync("transactions", "describe", "pay-1");
        Assert.Equal((60_000, JsonValueKind.Number), (described.GetProperty("timeoutMs").GetInt32(), described.GetProperty("startTimeMs").ValueKind));
        var partition = Assert.Single(described.GetProperty("partitions").EnumerateArray());
        Assert.Equal(("orders", 1), (partition.GetProperty("topic").GetString(), partition.GetProperty("partition").GetInt32()));
        var seen = Assert.Single((await JsonAsync("producers", "orders", "--partition", "1")).EnumerateArray());
        Assert.Equal((producer.ProducerId.Value, 0), (seen.GetProperty("producerId").GetInt64(), seen.GetProperty("transactionStartOffset").GetInt64()));
        Assert.Empty((await JsonAsync("producers", "orders", "--partition", "0")).EnumerateArray());
        Assert.Empty((await JsonAsync("transactions", "find-hanging", "--max-transaction-timeout", "0")).EnumerateArray());
    }

    [Fact]
    public async Task What_other_agents_coordinate_is_listed_too()
    {
        await using var other = await StartAgentAsync();
        await using var client = await ConnectAsync();
        var topic = await client.CreateTopicAsync("orders");
        string[] ids = [.. Enumerable.Range(0, 12).Select(i => $"pay-{i:00}")]; // each agent coordinates some, but with a chance of one in two thousand
        foreach (var id in ids) await OpenAsync(client, topic, id, 0);
        Assert.InRange((await client.SendAsync(new ListTransactionsRequest())).TransactionStates.Count, 1, ids.Length - 1);
        Assert.Equal(ids, (await JsonAsync("transactions", "list")).EnumerateArray().Select(each => each.GetProperty("id").GetString()));
        Assert.Equal("", (await RunAsync("transactions", "find-hanging", "--max-transaction-timeout", "0")).OrThrow().Output);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_its_reason()
    {
        const string noTopic = "nowhere: there is no such topic or partition; 'diskless topics list' tells which topics there are";
        await RefusedAsync(1, "pay: there is no such transactional id; 'diskless transactions list' tells which there are", "transactions", "describe", "pay");
        await RefusedAsync(1, noTopic, "producers", "nowhere");
        await RefusedAsync(1, noTopic, "transactions", "find-hanging", "--topic", "nowhere");
        await RefusedAsync(2, "--partition -1: write a whole number from 0 to 2147483647", "transactions", "abort", "--topic", "orders", "--partition", "-1", "--start-offset", "0");
        await RefusedAsync(2, "Option '--start-offset' is required.", "transactions", "abort", "--topic", "orders", "--partition", "1");

        async Task RefusedAsync(int exitCode, string expected, params string[] arguments)
        {
            var (code, errors) = await RefusalAsync(arguments);
            Assert.Equal((exitCode, $"diskless: {expected}"), (code, errors.Split('\n')[0]));
        }
    }

    /// <summary>A transaction with one record in a partition.</summary>
    private static async Task<InitProducerIdResponse> OpenAsync(WireClient client, TopicId topic, string id, int partition)
    {
        var producer = await client.SendAsync(new InitProducerIdRequest { TransactionalId = new TransactionalId(id), TransactionTimeoutMs = 60_000 });
        var batch = new BatchBuilder { ProducerId = producer.ProducerId.Value, ProducerEpoch = producer.ProducerEpoch, BaseSequence = 0, IsTransactional = true };
        batch.Append(1, null, Encoding.UTF8.GetBytes(id));
        var answer = await client.SendAsync(new ProduceRequest
        {
            TransactionalId = new TransactionalId(id), Acks = -1, TimeoutMs = 10_000,
            TopicData = [new() { TopicId = topic, PartitionData = [new() { Index = partition, Records = new RecordsField(batch.Build()) }] }],
        }, JoinsByItself);
        Assert.Equal((ErrorCode.None, ErrorCode.None), (producer.ErrorCode, answer.Responses[0].PartitionResponses[0].ErrorCode));
        return producer;
    }
}
