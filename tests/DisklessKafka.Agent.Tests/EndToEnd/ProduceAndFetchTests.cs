using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using static DisklessKafka.TestKit.Agents.WireClientVerbs;

namespace DisklessKafka.Agent.Tests.EndToEnd;

public sealed class ProduceAndFetchTests : IAsyncLifetime
{
    private readonly InProcessCluster _cluster = new();
    private AgentNode _agent = null!;
    private WireClient _client = null!;

    public async Task InitializeAsync()
    {
        _agent = await _cluster.StartAgentAsync();
        _client = await InProcessCluster.ConnectAsync(_agent);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>As at an agent that hears of a topic while its first batches come in.</summary>
    [Fact]
    public async Task What_an_idempotent_producer_sent_behind_a_batch_for_an_unknown_topic_waits_for_that_batch()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await SendAsync(0, "a")).ErrorCode);
        await _client.CreateTopicAsync("late");
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await SendAsync(1, "b")).ErrorCode);
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(0, "a"));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(1, "b"));

        async Task<(ErrorCode ErrorCode, long)> SendAsync(int sequence, string value)
        {
            const short ByName = 12;
            var request = ProduceRequestOf(default, 0, Batch(7, 0, sequence, value));
            request.TopicData[0].Name = new TopicName("late");
            var answer = (await _client.SendAsync(request, ByName)).Responses[0].PartitionResponses[0];
            return (answer.ErrorCode, answer.BaseOffset);
        }
    }

    [Fact]
    public async Task What_is_produced_is_fetched_at_the_offsets_that_were_answered()
    {
        var topic = await _client.CreateTopicAsync("t");
        var first = await _client.ProduceAsync(topic, 0, Batch(1000, "a", "b"));
        var second = await _client.ProduceAsync(topic, 0, Batch(2000, "c"));
        Assert.Equal((ErrorCode.None, 0L), (first.ErrorCode, first.BaseOffset));
        Assert.Equal((ErrorCode.None, 2L), (second.ErrorCode, second.BaseOffset));
        var fetched = await _client.FetchAsync(topic, 0, 0);
        Assert.Equal([(0, "a"), (1, "b"), (2, "c")], fetched.Records());
        Assert.Equal(3, fetched.HighWatermark);
    }

    [Fact]
    public async Task Another_agent_serves_what_this_one_took()
    {
        var topic = await _client.CreateTopicAsync("t");
        await _client.ProduceAsync(topic, 0, Batch(1000, "a", "b"));
        var other = await _cluster.StartAgentAsync();
        await using var client = await InProcessCluster.ConnectAsync(other);
        Assert.Equal((ErrorCode.None, 2L, -1L), await client.ListOffsetAsync("t", 0, -1));
        Assert.Equal([(0, "a"), (1, "b")], (await client.FetchAsync(topic, 0, 0)).Records());
    }

    [Fact]
    public async Task A_waiting_fetch_is_woken_by_a_write()
    {
        var topic = await _client.CreateTopicAsync("t");
        await using var consumer = await InProcessCluster.ConnectAsync(_agent);
        var waiting = consumer.FetchAsync(topic, 0, 0, maxWaitMs: 15_000);
        await _client.ProduceAsync(topic, 0, Batch(1000, "a"));
        Assert.Equal([(0, "a")], (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).Records());
    }

    [Fact]
    public async Task A_waiting_fetch_is_woken_by_a_write_through_another_agent()
    {
        var topic = await _client.CreateTopicAsync("t");
        await using var consumer = await InProcessCluster.ConnectAsync(await _cluster.StartAgentAsync());
        await consumer.ListOffsetAsync("t", 0, -1);
        var waiting = consumer.FetchAsync(topic, 0, 0, maxWaitMs: 15_000);
        await _client.ProduceAsync(topic, 0, Batch(1000, "a"));
        Assert.Equal([(0, "a")], (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).Records());
    }

    [Fact]
    public async Task A_fetch_without_enough_data_is_answered_empty_when_its_time_is_up()
    {
        var topic = await _client.CreateTopicAsync("t");
        var fetched = await _client.FetchAsync(topic, 0, 0, maxWaitMs: 50);
        Assert.Equal(ErrorCode.None, fetched.ErrorCode);
        Assert.Empty(fetched.Records());
    }

    [Fact]
    public async Task A_retried_batch_gets_its_first_offset_and_moves_nothing()
    {
        var topic = await _client.CreateTopicAsync("t");
        var producer = (await _client.SendAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 })).ProducerId.Value;
        await _client.ProduceAsync(topic, 0, Batch(5, "before"));
        var first = await _client.ProduceAsync(topic, 0, Batch(producer, 0, 0, "a", "b"));
        var again = await _client.ProduceAsync(topic, 0, Batch(producer, 0, 0, "a", "b"));
        Assert.Equal((ErrorCode.None, 1L), (first.ErrorCode, first.BaseOffset));
        Assert.Equal((ErrorCode.None, 1L), (again.ErrorCode, again.BaseOffset));
        Assert.Equal((ErrorCode.None, 3L, -1L), await _client.ListOffsetAsync("t", 0, -1));
    }

    [Fact]
    public async Task A_gap_in_the_sequence_is_refused()
    {
        var topic = await _client.CreateTopicAsync("t");
        var producer = (await _client.SendAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 })).ProducerId.Value;
        await _client.ProduceAsync(topic, 0, Batch(producer, 0, 0, "a"));
        var gap = await _client.ProduceAsync(topic, 0, Batch(producer, 0, 2, "c"));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), (gap.ErrorCode, gap.BaseOffset));
    }

    [Fact]
    public async Task Pipelined_batches_of_one_producer_keep_their_order()
    {
        var topic = await _client.CreateTopicAsync("t");
        var producer = (await _client.SendAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 })).ProducerId.Value;
        var answers = Enumerable.Range(0, 200).Select(i => _client.ProduceAsync(topic, 0, Batch(producer, 0, i, $"{i}"))).ToList();
        var offsets = (await Task.WhenAll(answers)).Select(answer => (answer.ErrorCode, answer.BaseOffset));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (ErrorCode.None, (long)i)), offsets);
    }

    [Fact]
    public async Task Offsets_are_found_by_time()
    {
        var topic = await _client.CreateTopicAsync("t");
        await _client.ProduceAsync(topic, 0, Batch(1000, "a", "b", "c"));
        await _client.ProduceAsync(topic, 0, Batch(5000, "d", "e"));
        Assert.Equal((ErrorCode.None, 1L, 1001L), await _client.ListOffsetAsync("t", 0, 1001));
        Assert.Equal((ErrorCode.None, 3L, 5000L), await _client.ListOffsetAsync("t", 0, 1003));
        Assert.Equal((ErrorCode.None, -1L, -1L), await _client.ListOffsetAsync("t", 0, 5002));
        Assert.Equal((ErrorCode.None, 4L, 5001L), await _client.ListOffsetAsync("t", 0, -3));
        Assert.Equal((ErrorCode.None, 0L, -1L), await _client.ListOffsetAsync("t", 0, -2));
    }

    [Fact]
    public async Task An_offset_outside_the_log_is_out_of_range()
    {
        var topic = await _client.CreateTopicAsync("t");
        await _client.ProduceAsync(topic, 0, Batch(1000, "a"));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await _client.FetchAsync(topic, 0, 2)).ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await _client.FetchAsync(topic, 0, -1)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await _client.FetchAsync(topic, 0, 1)).ErrorCode);
    }

    [Fact]
    public async Task A_write_without_acks_is_not_answered_and_is_written()
    {
        var topic = await _client.CreateTopicAsync("t");
        await _client.SendUnansweredAsync(ProduceRequestOf(topic, 0, Batch(1000, "a"), acks: 0), 13);
        var next = await _client.ProduceAsync(topic, 0, Batch(1000, "b"));
        Assert.Equal(1, next.BaseOffset);
        Assert.Equal([(0, "a"), (1, "b")], (await _client.FetchAsync(topic, 0, 0)).Records());
    }

    [Fact]
    public async Task An_asked_for_topic_is_created_and_described_at_once()
    {
        var metadata = await _client.SendAsync(new MetadataRequest { Topics = [new() { Name = new TopicName("new") }] });
        var topic = Assert.Single(metadata.Topics);
        Assert.Equal(ErrorCode.None, topic.ErrorCode);
        Assert.Equal(_agent.NodeId, Assert.Single(topic.Partitions).LeaderId);
        Assert.Equal(_agent.EndPoint.Port, Assert.Single(metadata.Brokers).Port);
        Assert.Equal(22, metadata.ClusterId!.Length);
    }

    [Fact]
    public async Task A_stopping_agent_answers_what_it_took()
    {
        var topic = await _client.CreateTopicAsync("t");
        var answers = Enumerable.Range(0, 20).Select(i => _client.ProduceAsync(topic, 0, Batch(1, $"{i}"))).ToList();
        await answers[0];
        await _agent.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var acknowledged = answers.Where(answer => answer is { IsCompletedSuccessfully: true, Result.ErrorCode: ErrorCode.None }).Select(answer => answer.Result.BaseOffset).ToList();
        await using var reader = await InProcessCluster.ConnectAsync(await _cluster.StartAgentAsync());
        var end = (await reader.ListOffsetAsync("t", 0, -1)).Offset;
        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        Assert.All(acknowledged, offset => Assert.InRange(offset, 0, end - 1));
    }
}
