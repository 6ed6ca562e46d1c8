using Confluent.Kafka;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>A librdkafka consumer without a group that reads all partitions from their start and notes what it got.</summary>
internal sealed class LibrdkafkaReader : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(50);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly int _client;
    private readonly bool _isReadCommitted;
    private readonly ReadPosition[] _positions;
    private IConsumer<Ignore, byte[]>? _consumer;

    /// <param name="follows">It promises to see everything by the end.</param>
    public LibrdkafkaReader(RunRecord run, LoadTarget target, string clientId, ClientKind kind, bool isReadCommitted, bool follows)
    {
        (_run, _target, _isReadCommitted) = (run, target, isReadCommitted);
        _client = run.NewClient(clientId, kind);
        _positions = [.. target.PartitionNames.Select(name => new ReadPosition(name, run.NewReader()))];
        if (!follows)
            return;
        foreach (var position in _positions)
            run.History.Add(new Follow(_client, position.Reader, position.Partition, 0, isReadCommitted));
    }

    /// <summary>It has seen all that it can see of this.</summary>
    public bool HasReached(Ends ends) => _positions.All(position => position.Next >= (_isReadCommitted ? ends.Committed : ends.All)[position.Partition]);

    /// <summary>Reads on from where it is until told to stop. Blocks its thread.</summary>
    public void Read(CancellationToken stop)
    {
        _consumer ??= Open();
        while (!stop.IsCancellationRequested)
        {
            var invoked = _run.Clock.Now;
            ConsumeResult<Ignore, byte[]>? result;
            try
            {
                result = _consumer.Consume(PollTime);
            }
            catch (ConsumeException failure)
            {
                Note(failure.Error);
                continue;
            }

            if (result is not null)
                Take(result, invoked);
        }

        Flush();
    }

    /// <summary>Closes the connections; a later <see cref="Read"/> goes on at the same offsets.</summary>
    public void Leave()
    {
        _consumer?.Dispose();
        _consumer = null;
    }

    /// <summary>The client is over, and owes nothing.</summary>
    public void End() => _run.History.MarkEnded(_client, _run.Clock.Now);

    public void Dispose() => Leave();

    private void Take(ConsumeResult<Ignore, byte[]> result, long invoked)
    {
        var position = _positions[result.Partition.Value];
        if (position.Take(new SeenRecord(result.Offset.Value, LoadRecord.Decode(result.Message.Value)), invoked, _run.Clock.Now, out var poll))
            Add(position, poll);
    }

    private void Flush()
    {
        foreach (var position in _positions)
        {
            if (position.TakeOut() is { } poll)
                Add(position, poll);
        }
    }

    private void Add(ReadPosition position, GatheredPoll gathered)
    {
        var poll = new Poll
        {
            Client = _client, Reader = position.Reader, Invoked = gathered.Invoked, Partition = position.Partition, Position = gathered.From, NextPosition = gathered.Next,
            IsReadCommitted = _isReadCommitted, Records = gathered.Records,
        };
        poll.Complete(Outcome.Succeeded, gathered.Completed);
        _run.History.Add(poll);
    }

    private void Note(Error error)
    {
        _run.Complain(_client, error.ToString());
        // A stored offset that is said to be out of range makes users lose or repeat everything.
        if (error.Code is ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset || error.IsFatal)
            _run.Failures.Enqueue($"{_run.Clients[_client].Name}: {error}");
    }

    private IConsumer<Ignore, byte[]> Open()
    {
        var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = _target.Bootstrap,
            ClientId = _run.Clients[_client].Name,
            GroupId = "none", // asked for by the library; without subscription and commits no group comes to be
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = _isReadCommitted ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => Note(error)).Build();
        consumer.Assign(_positions.Select(position => new TopicPartitionOffset(_target.Topic, position.Partition.Partition, position.Next)));
        return consumer;
    }
}
