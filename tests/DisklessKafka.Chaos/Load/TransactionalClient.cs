using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>A librdkafka producer of transactions, which notes what becomes of them.</summary>
internal sealed class TransactionalClient : IDisposable
{
    private const int Tries = 3; // a time-out may be answered by asking again, as long as one likes
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Otherwise the library may wait without end for a group's coordinator that has left the cluster, however short its time is
    // (its issues 5511 and 5456): what it waits for is that any connection ends, and idle ones do after this time.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(5);

    private readonly RunRecord _run;
    private readonly int _client;
    private readonly IProducer<Null, byte[]> _producer;

    /// <param name="id">Of the client and its transactions: who comes with the same one takes them over.</param>
    public TransactionalClient(RunRecord run, string bootstrap, string id, int client)
    {
        (_run, _client) = (run, client);
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = bootstrap, ClientId = id, TransactionalId = id, ConnectionsMaxIdleMs = (int)LongestIdle.TotalMilliseconds })
            .SetLogHandler((_, line) => run.Log(client, line.Message)).SetErrorHandler((_, error) => run.Complain(client, error.ToString())).Build();
    }

    /// <exception cref="KafkaException">This producer can do no more; the same of all that follows.</exception>
    public void Initialize() => _producer.InitTransactions(Patience);

    /// <param name="body">Sends, and says whether to commit.</param>
    /// <returns>It was committed; if not, it was aborted, by will or because the library demands it.</returns>
    public bool Run(Transaction transaction, Func<IProducer<Null, byte[]>, bool> body)
    {
        _run.History.Add(transaction);
        try
        {
            return TryRun(transaction, body);
        }
        catch (KafkaException)
        {
            transaction.End(Verdict.Unknown, _run.Clock.Now);
            throw;
        }
    }

    /// <param name="sequence">Of this client; ascending.</param>
    public void Send(Transaction transaction, PartitionName partition, long sequence, Processed? source = null)
    {
        var send = new Send
        {
            Client = _client, Invoked = _run.Clock.Now, Partition = partition, Value = ((long)_client << 40) | sequence, Sequence = sequence, IsIdempotent = true,
            Transaction = transaction.Id, Source = source,
        };
        _run.History.Add(send);
        _producer.Produce(new TopicPartition(partition.Topic, partition.Partition), new Message<Null, byte[]> { Value = LoadRecord.Encode(send.Value) }, report =>
        {
            if (report.Status == PersistenceStatus.Persisted)
                send.Acknowledge(report.Offset.Value >= 0 ? report.Offset.Value : null, _run.Clock.Now);
            else
                send.Complete(Outcome.Unknown, _run.Clock.Now);
        });
    }

    public void Dispose() => _producer.Dispose();

    private bool TryRun(Transaction transaction, Func<IProducer<Null, byte[]>, bool> body)
    {
        _producer.BeginTransaction();
        var isWanted = false;
        try
        {
            isWanted = body(_producer);
            if (isWanted)
            {
                transaction.AskToCommit(_run.Clock.Now);
                Retry(() => _producer.CommitTransaction(Patience));
                transaction.End(Verdict.Committed, _run.Clock.Now);
                return true;
            }
        }
        catch (KafkaException failure) when (failure is KafkaTxnRequiresAbortException || (failure is KafkaRetriableException && !isWanted))
        {
            // The library knows that it was not committed.
            _run.Complain(_client, failure.Error.ToString());
        }

        Retry(() => _producer.AbortTransaction(Patience));
        transaction.End(Verdict.Aborted, _run.Clock.Now);
        return false;
    }

    private static void Retry(Action action)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                action();
                return;
            }
            catch (KafkaRetriableException) when (tries < Tries)
            {
            }
        }
    }
}
