using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// A librdkafka producer that writes a handful of records to several partitions in each transaction, and commits most of them. When
/// the library gives up on a transaction it begins the next; when it gives up for good, another producer takes its id over.
/// </summary>
internal sealed class TransactionalProducer(RunRecord run, LoadTarget target, int number)
{
    private const int RecordsInTransaction = 6, AbortedOneIn = 5;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300), Patience = TimeSpan.FromSeconds(60);

    private readonly string _transactionalId = $"{target.Topic}-txn-{number}";
    private readonly Random _random = new(number);

    /// <summary>Blocks its thread.</summary>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var client = run.NewClient($"transactional-{number}", ClientKind.Transactional);
            try
            {
                using var producer = Open(client);
                producer.InitTransactions(Patience);
                for (long transaction = 0; !stop.IsCancellationRequested; transaction++)
                    RunOne(producer, client, transaction, stop);
            }
            catch (KafkaException failure)
            {
                run.Complain(client, failure.Error.ToString());
                if (!stop.IsCancellationRequested)
                    run.History.MarkEnded(client, run.Clock.Now);
                stop.WaitHandle.WaitOne(Pace);
            }
        }
    }

    /// <exception cref="KafkaException">This producer can do no more.</exception>
    private void RunOne(IProducer<Null, byte[]> producer, int client, long sequence, CancellationToken stop)
    {
        var transaction = new Transaction { Client = client, Invoked = run.Clock.Now, Id = ((long)client << 32) | sequence };
        run.History.Add(transaction);
        producer.BeginTransaction();
        try
        {
            for (var record = 0; record < RecordsInTransaction; record++)
                Send(producer, client, transaction, (sequence * RecordsInTransaction) + record);
            if (_random.Next(AbortedOneIn) == 0)
            {
                producer.AbortTransaction(Patience);
                transaction.End(Verdict.Aborted, run.Clock.Now);
            }
            else
            {
                transaction.AskToCommit(run.Clock.Now);
                Commit(producer);
                transaction.End(Verdict.Committed, run.Clock.Now);
            }
        }
        catch (KafkaTxnRequiresAbortException)
        {
            // The library knows that it was not committed.
            producer.AbortTransaction(Patience);
            transaction.End(Verdict.Aborted, run.Clock.Now);
        }
        catch (KafkaException)
        {
            transaction.End(Verdict.Unknown, run.Clock.Now);
            throw;
        }

        stop.WaitHandle.WaitOne(Pace);
    }

    /// <summary>A time-out may be answered by asking again, as long as one likes.</summary>
    private static void Commit(IProducer<Null, byte[]> producer)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                producer.CommitTransaction(Patience);
                return;
            }
            catch (KafkaRetriableException) when (tries < 3)
            {
            }
        }
    }

    private void Send(IProducer<Null, byte[]> producer, int client, Transaction transaction, long sequence)
    {
        var partition = (int)(sequence % target.Partitions);
        var send = new Send
        {
            Client = client, Invoked = run.Clock.Now, Partition = new PartitionName(target.Topic, partition), Value = ((long)client << 40) | sequence, Sequence = sequence,
            IsIdempotent = true, Transaction = transaction.Id,
        };
        run.History.Add(send);
        producer.Produce(new TopicPartition(target.Topic, partition), new Message<Null, byte[]> { Value = LoadRecord.Encode(send.Value) }, report =>
        {
            if (report.Status == PersistenceStatus.Persisted)
                send.Acknowledge(report.Offset.Value >= 0 ? report.Offset.Value : null, run.Clock.Now);
            else
                send.Complete(Outcome.Unknown, run.Clock.Now);
        });
    }

    private IProducer<Null, byte[]> Open(int client) => new ProducerBuilder<Null, byte[]>(new ProducerConfig
    {
        BootstrapServers = target.Bootstrap,
        ClientId = $"transactional-{number}",
        TransactionalId = _transactionalId,
    }).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => run.Complain(client, error.ToString())).Build();
}
