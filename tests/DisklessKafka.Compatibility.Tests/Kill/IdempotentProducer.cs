using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>An idempotent librdkafka producer that spreads numbered records over all partitions and notes what became of each.</summary>
internal sealed class IdempotentProducer : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private const int RecordsPerPause = 12;

    private readonly int _number;
    private readonly string _topic;
    private readonly long[] _nextNumbers;
    private readonly History _history;
    private readonly IProducer<Null, byte[]> _producer;
    private readonly TaskCompletionSource<string> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledged;

    public IdempotentProducer(string bootstrap, string topic, int partitions, int number, History history)
    {
        _history = history;
        _number = number;
        _topic = topic;
        _nextNumbers = new long[partitions];
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrap,
            EnableIdempotence = true,
            LingerMs = 5,
            MessageTimeoutMs = 0, // never give up: the broker comes back
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 300,
            RetryBackoffMs = 50,
            QueueBufferingMaxMessages = 20_000,
            CompressionType = number % 2 == 0 ? CompressionType.Lz4 : CompressionType.None,
        }).SetErrorHandler((_, error) =>
        {
            if (error.IsFatal)
                _broken.TrySetResult($"producer {number} broke: {error}");
        }).SetLogHandler((_, _) => { }).Build(); // a killed broker makes many lines
    }

    /// <summary>Completes when librdkafka gives up for good, with its reason: an idempotent producer must not have to.</summary>
    public Task<string> Broken => _broken.Task;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Sends until told to stop, then waits until each record's fate is known.</summary>
    public async Task RunAsync(TimeSpan flushLimit, CancellationToken stop)
    {
        using var pacer = new PeriodicTimer(Pause);
        while (!stop.IsCancellationRequested && !_broken.Task.IsCompleted)
        {
            for (var i = 0; i < RecordsPerPause; i++)
                SendNext();
            await pacer.WaitForNextTickAsync(CancellationToken.None);
        }

        if (await Task.Run(() => _producer.Flush(flushLimit)) > 0 && !_broken.Task.IsCompleted)
            _broken.TrySetResult($"producer {_number} still had records without an answer {flushLimit} after the last kill");
    }

    public void Dispose() => _producer.Dispose();

    private void SendNext()
    {
        var partition = (int)(_nextNumbers.Sum() % _nextNumbers.Length);
        var name = new RecordName(_number, partition, _nextNumbers[partition]);
        var send = new Send
        {
            Client = _number, Invoked = TimeProvider.System.GetTimestamp(), Partition = new(_topic, partition), Value = name.Value, Sequence = name.Number, IsIdempotent = true,
        };
        try
        {
            _producer.Produce(new TopicPartition(_topic, partition), new Message<Null, byte[]> { Value = LoadRecord.Encode(name) }, report => Note(send, report));
        }
        catch (ProduceException<Null, byte[]>)
        {
            return; // the local queue is full while the broker is away: it was not sent
        }

        _nextNumbers[partition]++;
        _history.Add(send);
    }

    private void Note(Send send, DeliveryReport<Null, byte[]> report)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (report.Error.IsError || report.Status != PersistenceStatus.Persisted)
        {
            send.Complete(Outcome.Unknown, now);
            return;
        }

        Interlocked.Increment(ref _acknowledged);
        send.Acknowledge(report.Offset.Value >= 0 ? report.Offset.Value : null, now);
    }
}
