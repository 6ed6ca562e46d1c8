using Confluent.Kafka;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>A transactional producer that writes one record of each transaction to every partition, and notes how each ended.</summary>
internal sealed class TransactionLoad(string bootstrap, string topic, int partitions, int number, int seed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Random _random = new(seed * 31 + number);
    private IProducer<Null, string>? _producer;

    public List<string> Committed { get; } = [];

    public List<string> Aborted { get; } = [];

    /// <summary>Those whose end the client did not come to know: it was lost with an agent.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Blocks its thread until told to stop.</summary>
    public void Run(CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var name = $"{number}:{i}";
            var isDecided = false;
            try
            {
                _producer ??= Begin();
                _producer.BeginTransaction();
                for (var partition = 0; partition < partitions; partition++)
                    _producer.Produce(new TopicPartition(topic, partition), new Message<Null, string> { Value = name });
                _producer.Flush(Patience);
                if (_random.Next(4) == 0)
                {
                    _producer.AbortTransaction(Patience);
                    Aborted.Add(name);
                    continue;
                }

                isDecided = true; // from here on it may be committed whatever is heard of it
                Commit();
                Committed.Add(name);
            }
            catch (KafkaException e)
            {
                Recover(e, name, isDecided);
            }
        }

        _producer ??= Begin(); // aborts what an agent's end may have left open: it would hold readers back
        _producer.Dispose();
    }

    private void Commit()
    {
        while (true)
        {
            try
            {
                _producer!.CommitTransaction(Patience);
                return;
            }
            catch (KafkaRetriableException)
            {
                // the same call goes on where it was
            }
        }
    }

    /// <summary>As the library asks for: abort where that is possible, else begin anew, which aborts what is open.</summary>
    private void Recover(KafkaException failure, string name, bool isDecided)
    {
        try
        {
            if (failure is KafkaTxnRequiresAbortException)
            {
                _producer!.AbortTransaction(Patience);
                Aborted.Add(name);
                return;
            }
        }
        catch (KafkaException)
        {
            // then anew
        }

        (isDecided ? Unknown : Aborted).Add(name);
        _producer?.Dispose();
        _producer = null;
    }

    private IProducer<Null, string> Begin()
    {
        var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = bootstrap, TransactionalId = $"load-{topic}-{number}", LingerMs = 0, ReconnectBackoffMs = 50, ReconnectBackoffMaxMs = 300, RetryBackoffMs = 50,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build(); // a killed broker makes many lines
        try
        {
            producer.InitTransactions(Patience);
            return producer;
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    }
}

/// <summary>Reads a topic's committed transactions to the end.</summary>
internal static class TransactionReader
{
    /// <returns>For each transaction the partitions in which it was seen, once for each record.</returns>
    public static Dictionary<string, List<int>> ReadAll(string bootstrap, string topic, int partitions, TimeSpan patience)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = bootstrap, GroupId = "none", EnableAutoCommit = false, IsolationLevel = IsolationLevel.ReadCommitted, EnablePartitionEof = true, AutoOffsetReset = AutoOffsetReset.Error,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        var seen = new Dictionary<string, List<int>>();
        var ended = new HashSet<int>();
        while (ended.Count < partitions)
        {
            var result = consumer.Consume(patience) ?? throw new TimeoutException($"the end of {topic} was not reached: no record for {patience}");
            if (result.IsPartitionEOF) ended.Add(result.Partition.Value);
            else if (seen.TryGetValue(result.Message.Value, out var places)) places.Add(result.Partition.Value);
            else seen.Add(result.Message.Value, [result.Partition.Value]);
        }

        return seen;
    }
}
