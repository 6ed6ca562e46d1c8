using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>A librdkafka producer at its default settings that spreads numbered records over all partitions at a steady rate.</summary>
internal sealed class LibrdkafkaProducer : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly LoadLevel _level;
    private readonly double _recordsPerSecond;
    private readonly bool _isIdempotent;
    private readonly int _client;
    private readonly IProducer<Null, byte[]> _producer;
    private readonly CancellationTokenSource _broken = new();
    private long _sent;

    /// <param name="clientId">May carry a zone hint.</param>
    public LibrdkafkaProducer(RunRecord run, LoadTarget target, LoadLevel level, string clientId, bool isIdempotent, double recordsPerSecond)
    {
        (_run, _target, _level, _isIdempotent, _recordsPerSecond) = (run, target, level, isIdempotent, recordsPerSecond);
        _client = run.NewClient(clientId, isIdempotent ? ClientKind.IdempotentProducer : ClientKind.PlainProducer);
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = target.Bootstrap,
            ClientId = clientId,
            EnableIdempotence = isIdempotent,
            Acks = Acks.All,
            CompressionType = _client % 2 == 0 ? CompressionType.Lz4 : CompressionType.None,
        }).SetErrorHandler((_, error) => Note(error)).SetLogHandler((_, _) => { }).Build();
    }

    /// <summary>Sends until told to stop, then waits until each record's fate is known.</summary>
    public async Task RunAsync(TimeSpan patience, CancellationToken stop)
    {
        using var pacer = new PeriodicTimer(Pause);
        var owed = 0.0;
        while (!stop.IsCancellationRequested && !_broken.IsCancellationRequested)
        {
            for (owed += _recordsPerSecond * _level.Factor * Pause.TotalSeconds; owed >= 1; owed--)
                SendNext();
            await pacer.WaitForNextTickAsync(CancellationToken.None);
        }

        await OwnThread.RunAsync(() => _producer.Flush(patience));
    }

    public void Dispose()
    {
        _producer.Dispose();
        _broken.Dispose();
    }

    private void SendNext()
    {
        var partition = (int)(_sent % _target.Partitions);
        var send = new Send
        {
            Client = _client, Invoked = _run.Clock.Now, Partition = new(_target.Topic, partition), Value = ((long)_client << 40) | _sent, Sequence = _sent, IsIdempotent = _isIdempotent,
        };
        try
        {
            _producer.Produce(new TopicPartition(_target.Topic, partition), new Message<Null, byte[]> { Value = LoadRecord.Encode(send.Value) }, report => Note(send, report));
        }
        catch (ProduceException<Null, byte[]>)
        {
            return; // the local queue is full while the brokers are away: it was not sent
        }

        _sent++;
        _run.History.Add(send);
    }

    private void Note(Send send, DeliveryReport<Null, byte[]> report)
    {
        var now = _run.Clock.Now;
        if (report.Status == PersistenceStatus.Persisted)
            send.Acknowledge(report.Offset.Value >= 0 ? report.Offset.Value : null, now);
        else
            send.Complete(report.Status == PersistenceStatus.NotPersisted ? Outcome.Failed : Outcome.Unknown, now);
        if (report.Error.IsError)
            _run.Complain(_client, report.Error.ToString());
    }

    private void Note(Error error)
    {
        _run.Complain(_client, error.ToString());
        if (!error.IsFatal)
            return;
        _run.Failures.Enqueue($"{_run.Clients[_client].Name} gave up for good: {error}");
        _broken.Cancel();
    }
}
