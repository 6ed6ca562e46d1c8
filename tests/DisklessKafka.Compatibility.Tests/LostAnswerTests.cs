using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Peers;
using DisklessKafka.TestKit.Network;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>librdkafka, when it cannot know whether what it sent is there.</summary>
public sealed class LostAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The library drops what it would have sent again when a transaction is aborted, and counts on as if that had never arrived: its
    /// next batch has the sequence of one that is there. It must not be told that this next one is there, too.
    /// </summary>
    [Fact]
    public async Task What_follows_an_abort_with_an_answer_outstanding_is_stored_or_the_producer_is_told()
    {
        Librdkafka.Load();
        var port = LoopbackPort.Free(Random.Shared);
        await using var proxy = new CuttingProxy(port);
        await using var agent = await AgentProcess.StartAsync("--listen", $"127.0.0.1:{port}", "--advertise", $"127.0.0.1:{proxy.Port}", "--objects", "memory:", "--metadata", "memory:");
        var (topic, id) = (RunningAgent.NewTopic("lost-answer"), $"tx-{Guid.NewGuid():N}");
        var bootstrap = $"127.0.0.1:{proxy.Port}";
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Exception? told;
        using (var producer = Begin(bootstrap, id, noticed))
        {
            Commit(producer, topic, "one");
            producer.BeginTransaction();
            producer.Produce(topic, new Message<Null, string> { Value = "two" });
            producer.Flush(Patience);
            var isLost = false;
            proxy.LoseAnswers(() =>
            {
                if (!Volatile.Read(ref isLost)) return false;
                proxy.Cut(); // and stays so: what is to be sent again waits
                return true;
            });
            Volatile.Write(ref isLost, true);
            producer.Produce(topic, new Message<Null, string> { Value = "three" }, _ => given.TrySetResult());
            await Within(noticed.Task, "the library did not notice that its connection was cut");

            var abort = Task.Run(() => producer.AbortTransaction(Patience));
            await Within(given.Task, "the library did not give up what was to be sent again");
            Volatile.Write(ref isLost, false);
            proxy.Heal();
            await Within(abort, "the transaction was not aborted");
            told = Record.Exception(() => Commit(producer, topic, "four"));
        }

        Assert.Contains("three", Read(bootstrap, topic, IsolationLevel.ReadUncommitted)); // it had arrived
        if (told is not null)
        {
            Assert.True(Assert.IsAssignableFrom<KafkaException>(told).Error.IsFatal, $"the producer can go on after {told.Message}");
            using var another = Begin(bootstrap, id, noticed);
            Commit(another, topic, "four");
        }

        Assert.Equal(["one", "four"], Read(bootstrap, topic, IsolationLevel.ReadCommitted));
    }

    private static IProducer<Null, string> Begin(string bootstrap, string id, TaskCompletionSource noticed)
    {
        var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = bootstrap, TransactionalId = id, LingerMs = 0, TopicMetadataRefreshIntervalMs = -1 })
            .SetErrorHandler((_, _) => noticed.TrySetResult()).SetLogHandler((_, _) => { }).Build();
        producer.InitTransactions(Patience);
        return producer;
    }

    private static void Commit(IProducer<Null, string> producer, string topic, string value)
    {
        producer.BeginTransaction();
        producer.Produce(topic, new Message<Null, string> { Value = value });
        producer.CommitTransaction(Patience);
    }

    private static List<string> Read(string bootstrap, string topic, IsolationLevel isolation)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "none", EnableAutoCommit = false, IsolationLevel = isolation, EnablePartitionEof = true }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var values = new List<string>();
        while (true)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"the end of {topic} was not reached within {Patience}; {values.Count} records came");
            if (result.IsPartitionEOF) return values;
            values.Add(result.Message.Value);
        }
    }

    private static async Task Within(Task task, string otherwise)
    {
        try
        {
            await task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{otherwise} within {Patience}");
        }
    }
}
