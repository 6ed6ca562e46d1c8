using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>Transactions as applications use them, through the newest librdkafka (version 1 of transactions).</summary>
public abstract class TransactionTests(RunningAgent agent)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Committed_transactions_are_read_and_aborted_ones_are_not()
    {
        var topic = await NewTopicAsync("tx");
        using var producer = Begin(NewId());
        foreach (var (value, commits) in new[] { ("one", true), ("two", false), ("three", true) })
        {
            producer.BeginTransaction();
            producer.Produce(topic, new Message<Null, string> { Value = value });
            producer.Flush(Patience); // an abort drops what was not sent yet
            if (commits) producer.CommitTransaction(Patience);
            else producer.AbortTransaction(Patience);
        }

        Assert.Equal(["one", "three"], Read(topic, IsolationLevel.ReadCommitted, 2));
        Assert.Equal(["one", "two", "three"], Read(topic, IsolationLevel.ReadUncommitted, 3));
    }

    [Theory]
    [InlineData("kafkajs")]
    [InlineData("platformatic")]
    public async Task Transactions_of_another_client_are_read_alike(string client)
    {
        var topic = await NewTopicAsync("tx");
        await ((ScriptClient)AllClients.Named(client)).TransactAsync(agent.Bootstrap, topic, NewId(), ("one", true), ("two", false), ("three", true));
        Assert.Equal(["one", "three"], Read(topic, IsolationLevel.ReadCommitted, 2));
        Assert.Equal(["one", "two", "three"], Read(topic, IsolationLevel.ReadUncommitted, 3));
    }

    [Fact]
    public async Task A_second_producer_fences_the_first_and_what_it_had_open_is_never_read()
    {
        var (topic, id) = (await NewTopicAsync("fence"), NewId());
        using var first = Begin(id);
        first.BeginTransaction();
        first.Produce(topic, new Message<Null, string> { Value = "lost" });
        first.Flush(Patience);
        using var second = Begin(id);
        second.BeginTransaction();
        second.Produce(topic, new Message<Null, string> { Value = "kept" });
        second.CommitTransaction(Patience);
        var fenced = Assert.ThrowsAny<KafkaException>(() => first.CommitTransaction(Patience));
        Assert.True(fenced.Error.IsFatal, $"the first producer can go on after {fenced.Error}");
        Assert.Equal(["kept"], Read(topic, IsolationLevel.ReadCommitted, 1));
    }

    [Fact]
    public async Task A_client_that_dies_leaves_nothing_behind()
    {
        var (topic, id) = (await NewTopicAsync("dies"), NewId());
        using (var first = Begin(id))
        {
            first.BeginTransaction();
            first.Produce(topic, new Message<Null, string> { Value = "lost" });
            first.Flush(Patience); // and never a word again
        }

        using var second = Begin(id);
        second.BeginTransaction();
        second.Produce(topic, new Message<Null, string> { Value = "kept" });
        second.CommitTransaction(Patience);
        Assert.Equal(["kept"], Read(topic, IsolationLevel.ReadCommitted, 1));
    }

    [Fact]
    public async Task Consume_transform_produce_takes_each_record_exactly_once_over_aborts()
    {
        const int Records = 60;
        var (source, target, group) = (await NewTopicAsync("source"), await NewTopicAsync("target"), NewId());
        using (var plain = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = agent.Bootstrap }).Build())
        {
            for (var i = 0; i < Records; i++) plain.Produce(source, new Message<Null, string> { Value = $"{i}" });
            plain.Flush(Patience);
        }

        var round = 0;
        for (var done = 0; done < Records; round++) done += Transform(source, target, group, round);
        Assert.True(round > 2, "nothing was aborted: the test proves little");
        Assert.Equal(Enumerable.Range(0, Records).Select(i => $"{i}'"), Read(target, IsolationLevel.ReadCommitted, Records));
    }

    /// <summary>One life of a worker: some batches committed, then one aborted, as if it had died.</summary>
    /// <returns>How many records it has dealt with for good.</returns>
    private int Transform(string source, string target, string group, int round)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = agent.Bootstrap, GroupId = group, EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = IsolationLevel.ReadCommitted, SessionTimeoutMs = 6_000, MaxPollIntervalMs = 60_000,
        }).Build();
        consumer.Subscribe(source);
        using var producer = Begin(group);
        var done = 0;
        for (var batch = 0; batch < 3; batch++)
        {
            var taken = new List<ConsumeResult<Ignore, string>>();
            while (taken.Count < 10 && consumer.Consume(taken.Count == 0 && done == 0 ? TimeSpan.FromSeconds(20) : TimeSpan.FromSeconds(2)) is { } record) taken.Add(record);
            if (taken.Count == 0) break;
            producer.BeginTransaction();
            foreach (var record in taken) producer.Produce(target, new Message<Null, string> { Value = record.Message.Value + "'" });
            producer.SendOffsetsToTransaction([new TopicPartitionOffset(taken[^1].TopicPartition, taken[^1].Offset + 1)], consumer.ConsumerGroupMetadata, Patience);
            if (batch == 2)
            {
                producer.AbortTransaction(Patience);
                break;
            }

            producer.CommitTransaction(Patience);
            done += taken.Count;
        }

        consumer.Close();
        Assert.True(done > 0, $"round {round} got nothing of {source} within its time");
        return done;
    }

    private IProducer<Null, string> Begin(string id)
    {
        Librdkafka.Load();
        var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = agent.Bootstrap, TransactionalId = id, LingerMs = 0, TransactionTimeoutMs = 60_000,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build(); // being fenced is an error of the library's
        producer.InitTransactions(Patience);
        return producer;
    }

    private List<string> Read(string topic, IsolationLevel isolation, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = agent.Bootstrap, GroupId = "none", EnableAutoCommit = false, IsolationLevel = isolation, EnablePartitionEof = true, AutoOffsetReset = AutoOffsetReset.Error,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var values = new List<string>();
        while (true)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"the end of {topic} was not reached within {Patience}; {values.Count} of {count} records came");
            if (result.IsPartitionEOF && values.Count >= count) return values;
            if (!result.IsPartitionEOF) values.Add(result.Message.Value);
        }
    }

    private async Task<string> NewTopicAsync(string purpose)
    {
        Librdkafka.Load();
        var topic = RunningAgent.NewTopic(purpose);
        Assert.Null((await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.CreateTopic(topic, 1)))[0].Error);
        return topic;
    }

    private static string NewId() => $"tx-{Guid.NewGuid():N}";
}

[Collection(EmbeddedCollection.Name)]
public sealed class TransactionsOnEmbeddedStore(EmbeddedAgent agent) : TransactionTests(agent);

[Collection(ServersCollection.Name)]
public sealed class TransactionsOnPostgresAndS3(ServersAgent agent) : TransactionTests(agent);
