using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>What applications see of the edges of the protocol, through the newest librdkafka and through kcat.</summary>
public abstract class LibrdkafkaTests(RunningAgent agent)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Acks.None)]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public async Task Records_arrive_whatever_acknowledgement_is_asked_for(Acks acks)
    {
        var topic = RunningAgent.NewTopic("acks");
        using (var producer = Producer(new ProducerConfig { Acks = acks }))
        {
            await producer.ProduceAsync(topic, Message("first"));
            await producer.ProduceAsync(topic, Message("second"));
        }

        Assert.Equal(["first", "second"], await ReadAsync(topic, 2));
    }

    [Fact]
    public async Task A_record_above_the_topics_limit_is_refused_and_the_next_one_stored()
    {
        var topic = RunningAgent.NewTopic("too-large");
        var created = await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.CreateTopic(topic, 1, new() { ["max.message.bytes"] = "10000" }));
        Assert.Null(created[0].Error);
        using var producer = Producer(new ProducerConfig { MessageMaxBytes = 5_000_000 });

        var refused = await Assert.ThrowsAsync<ProduceException<Null, string>>(() => producer.ProduceAsync(topic, Message(new string('x', 20_000))));
        Assert.Equal(ErrorCode.MsgSizeTooLarge, refused.Error.Code);
        await producer.ProduceAsync(topic, Message("small"));

        Assert.Equal(["small"], await ReadAsync(topic, 1));
    }

    [Fact]
    public async Task Reading_behind_the_end_says_that_the_offset_is_out_of_range()
    {
        var topic = RunningAgent.NewTopic("behind");
        using var producer = Producer(new ProducerConfig());
        await producer.ProduceAsync(topic, Message("only"));
        using var consumer = Consumer();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 1_000));

        var refused = Assert.Throws<ConsumeException>(() => consumer.Consume(Patience));

        Assert.Equal(ErrorCode.Local_AutoOffsetReset, refused.Error.Code);
        Assert.Contains("out of range", refused.Error.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_waiting_reader_gets_a_record_as_soon_as_it_is_written()
    {
        var topic = RunningAgent.NewTopic("tail");
        using var producer = Producer(new ProducerConfig { LingerMs = 0 });
        await producer.ProduceAsync(topic, Message("0"));
        using var consumer = Consumer();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"{i}", consumer.Consume(Patience)?.Message.Value);
            await producer.ProduceAsync(topic, Message($"{i + 1}"));
        }
    }

    [Fact]
    public async Task A_topic_comes_to_be_when_somebody_writes_to_it()
    {
        var topic = RunningAgent.NewTopic("auto");
        var before = await KcatClient.RunAsync(agent.Bootstrap, ["-L", "-X", "allow.auto.create.topics=false"]);
        Assert.DoesNotContain(topic, before.Output, StringComparison.Ordinal);

        await KcatClient.RunAsync(agent.Bootstrap, ["-P", "-t", topic], "hello\n");

        var after = await KcatClient.RunAsync(agent.Bootstrap, ["-L", "-t", topic]);
        Assert.Contains($"topic \"{topic}\" with 1 partitions", after.Output, StringComparison.Ordinal);
        Assert.Contains(agent.Bootstrap, after.Output, StringComparison.Ordinal);
        Assert.Equal(["hello"], await ReadAsync(topic, 1));
    }

    [Fact]
    public async Task Compressed_batches_stay_compressed()
    {
        // Old librdkafka quietly sends plain batches to a broker that does not list Produce from version 0 on.
        var (plain, compressed) = (RunningAgent.NewTopic("plain"), RunningAgent.NewTopic("compressed"));
        var text = string.Concat(Enumerable.Repeat("the same line over and over\n", 2_000));
        await KcatClient.RunAsync(agent.Bootstrap, ["-P", "-t", plain, "-p", "0", "-z", "none"], text);
        await KcatClient.RunAsync(agent.Bootstrap, ["-P", "-t", compressed, "-p", "0", "-z", "lz4"], text);

        Assert.True(await FetchedBytesAsync(compressed) * 4 < await FetchedBytesAsync(plain), "the batches did not come back compressed");
    }

    /// <summary>Bytes that came over the wire to read the whole topic.</summary>
    private async Task<long> FetchedBytesAsync(string topic)
    {
        var statistics = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stored = await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.ListOffsets(topic, 0));
        Librdkafka.Load();
        using var consumer = new ConsumerBuilder<Null, string>(new ConsumerConfig
        {
            BootstrapServers = agent.Bootstrap,
            GroupId = "none",
            EnableAutoCommit = false,
            StatisticsIntervalMs = 200,
        }).SetStatisticsHandler((_, json) => statistics.TrySetResult(json)).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        for (var read = 0L; read < stored[0].Latest; read++)
            Assert.NotNull(consumer.Consume(Patience));
        statistics = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!statistics.Task.IsCompleted)
            consumer.Consume(TimeSpan.FromMilliseconds(50));
        using var document = System.Text.Json.JsonDocument.Parse(await statistics.Task);
        return document.RootElement.GetProperty("rx_bytes").GetInt64();
    }

    private async Task<string[]> ReadAsync(string topic, int count)
    {
        var records = await AllClients.Reference.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(0), count);
        return [.. records.Select(record => System.Text.Encoding.UTF8.GetString(record.Value!))];
    }

    private IProducer<Null, string> Producer(ProducerConfig config)
    {
        Librdkafka.Load();
        config.BootstrapServers = agent.Bootstrap;
        config.MessageTimeoutMs = (int)Patience.TotalMilliseconds;
        return new ProducerBuilder<Null, string>(config).Build();
    }

    private IConsumer<Null, string> Consumer()
    {
        Librdkafka.Load();
        return new ConsumerBuilder<Null, string>(new ConsumerConfig
        {
            BootstrapServers = agent.Bootstrap,
            GroupId = "none",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
        }).Build();
    }

    private static Message<Null, string> Message(string value) => new() { Value = value };
}

[Collection(EmbeddedCollection.Name)]
public sealed class LibrdkafkaOnEmbeddedStore(EmbeddedAgent agent) : LibrdkafkaTests(agent);

[Collection(ServersCollection.Name)]
public sealed class LibrdkafkaOnPostgresAndS3(ServersAgent agent) : LibrdkafkaTests(agent);
