using Confluent.Kafka;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>Writes a handful of records to several partitions in each transaction, and commits most of them; over when the library gives up for good.</summary>
internal sealed class TransactionalProducer : ILoadClient
{
    private const int RecordsInTransaction = 6, AbortedOneIn = 5;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300), Patience = TimeSpan.FromSeconds(60);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly int _client;
    private readonly Random _random;
    private readonly TransactionalClient _producer;

    public TransactionalProducer(RunRecord run, LoadTarget target, string name, int client)
    {
        (_run, _target, _client) = (run, target, client);
        _random = new Random(client);
        _producer = new TransactionalClient(run, target.Bootstrap, name, client);
    }

    public void Run(CancellationToken stop)
    {
        _producer.Initialize();
        for (long sequence = 0; !stop.IsCancellationRequested; sequence++)
        {
            RunOne(sequence);
            stop.WaitHandle.WaitOne(Pace);
        }
    }

    public void Dispose() => _producer.Dispose();

    private void RunOne(long sequence)
    {
        var transaction = new Transaction { Client = _client, Invoked = _run.Clock.Now, Id = ((long)_client << 32) | sequence };
        _producer.Run(transaction, producer =>
        {
            for (var record = sequence * RecordsInTransaction; record < (sequence + 1) * RecordsInTransaction; record++)
                _producer.Send(transaction, new(_target.Topic, (int)(record % _target.Partitions)), record);
            if (_random.Next(AbortedOneIn) != 0)
                return true;
            producer.Flush(Patience); // or the library would throw away most of what is to be aborted
            return false;
        });
    }
}
