using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// A librdkafka consumer in a group, at its default settings but for committing: it notes what it is assigned in which generation,
/// reads committed records from the committed offsets on, and notes them. Who uses it commits. All on one thread.
/// </summary>
internal sealed class GroupReader : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(60);

    private const int Tries = 4; // within the time after which a consumer that does not poll is out of its group

    private readonly RunRecord _run;
    private readonly string _topic;
    private readonly GroupSeat _seat;
    private readonly int _client;
    private readonly Action _beforeGivingUp;
    private readonly SortedSet<int> _assigned = [];
    private readonly Dictionary<int, ReadPosition> _positions = [];
    private readonly IConsumer<Ignore, byte[]> _consumer;

    /// <param name="beforeGivingUp">Called before partitions go to others, while their offsets may still be committed.</param>
    public GroupReader(RunRecord run, LoadTarget target, GroupSeat seat, int client, Action beforeGivingUp)
    {
        (_run, _topic, _seat, _client, _beforeGivingUp) = (run, target.Topic, seat, client, beforeGivingUp);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = target.Bootstrap,
            ClientId = seat.Name,
            GroupId = seat.Group.Group,
            GroupInstanceId = seat.Instance,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            PartitionAssignmentStrategy = seat.Strategy,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => run.Complain(client, error.ToString()))
            .SetPartitionsAssignedHandler((_, partitions) => Take(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => GiveUp(partitions, isLost: false))
            .SetPartitionsLostHandler((_, partitions) => GiveUp(partitions, isLost: true)).Build();
        _consumer.Subscribe(target.Topic);
    }

    /// <summary>Where it is in each partition that it owns.</summary>
    public IEnumerable<ReadPosition> Positions => _positions.Values;

    public IConsumerGroupMetadata Metadata => _consumer.ConsumerGroupMetadata;

    /// <summary>Serves the group, and reads one record if there is one.</summary>
    public void Poll()
    {
        var invoked = _run.Clock.Now;
        try
        {
            if (_consumer.Consume(PollTime) is { } result && _positions.TryGetValue(result.Partition.Value, out var position)
                && position.Take(new SeenRecord(result.Offset.Value, LoadRecord.Decode(result.Message.Value)), invoked, _run.Clock.Now, out var poll))
            {
                Add(position, poll);
            }
        }
        catch (ConsumeException failure)
        {
            _run.Complain(_client, failure.Error.ToString());
        }
    }

    /// <summary>Notes what was read so far.</summary>
    public void Flush()
    {
        foreach (var position in _positions.Values)
        {
            if (position.TakeOut() is { } poll)
                Add(position, poll);
        }
    }

    /// <exception cref="KafkaException">They may be committed or not.</exception>
    public void Commit(IEnumerable<OffsetCommit> commits) =>
        _consumer.Commit(commits.Select(commit => new TopicPartitionOffset(commit.Partition.Topic, commit.Partition.Partition, commit.Offset)));

    /// <summary>Goes back to what is committed.</summary>
    /// <exception cref="KafkaException">That could not be found out.</exception>
    public void GoBack()
    {
        Flush();
        foreach (var partition in _positions.Values.Select(position => new TopicPartition(position.Partition.Topic, position.Partition.Partition)).ToArray())
            _consumer.Seek(Begin(partition));
    }

    /// <summary>Leaves the group, unless it is a static member.</summary>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private List<TopicPartitionOffset> Take(List<TopicPartition> partitions)
    {
        _assigned.UnionWith(partitions.Select(partition => partition.Partition.Value));
        NoteAssignment();
        return [.. partitions.Select(partition => TryBegin(partition, Tries))];
    }

    private void NoteAssignment()
    {
        if (Membership.Of(_consumer.ConsumerGroupMetadata) is not { } membership)
            return;
        var now = _run.Clock.Now;
        var assignment = new Assignment
        {
            // A static member stays the same one when another consumer takes its place.
            Client = _client, Invoked = now, Group = _seat.Group.Group, Member = _seat.Instance ?? membership.Member, Generation = membership.Generation,
            Partitions = [.. _assigned.Select(index => new PartitionName(_topic, index))],
        };
        assignment.Complete(Outcome.Succeeded, now);
        _run.History.Add(assignment);
    }

    private TopicPartitionOffset TryBegin(TopicPartition partition, int tries)
    {
        try
        {
            return Begin(partition);
        }
        catch (KafkaException failure)
        {
            _run.Complain(_client, failure.Error.ToString());
            // In the end the library may ask by itself; then nothing is noted of what it reads, and nothing committed.
            return tries > 1 ? TryBegin(partition, tries - 1) : new(partition, Offset.Stored);
        }
    }

    /// <returns>Where to read from: what was noted is what is done.</returns>
    private TopicPartitionOffset Begin(TopicPartition partition)
    {
        _positions.Remove(partition.Partition.Value);
        var invoked = _run.Clock.Now;
        var offset = _consumer.Committed([partition], Patience)[0].Offset;
        var fetch = new OffsetFetch { Client = _client, Invoked = invoked, Group = _seat.Group.Group, Partition = new(partition.Topic, partition.Partition.Value), Offset = offset.Value >= 0 ? offset.Value : null };
        fetch.Complete(Outcome.Succeeded, _run.Clock.Now);
        _run.History.Add(fetch);
        _positions[partition.Partition.Value] = new ReadPosition(fetch.Partition, _run.NewReader(), fetch.Offset ?? 0);
        return new(partition, fetch.Offset ?? 0);
    }

    private void GiveUp(List<TopicPartitionOffset> partitions, bool isLost)
    {
        Flush();
        if (!isLost)
            _beforeGivingUp();
        foreach (var partition in partitions)
        {
            _assigned.Remove(partition.Partition.Value);
            _positions.Remove(partition.Partition.Value);
        }
    }

    private void Add(ReadPosition position, GatheredPoll gathered)
    {
        var poll = new Poll
        {
            Client = _client, Reader = position.Reader, Invoked = gathered.Invoked, Partition = position.Partition, Position = gathered.From, NextPosition = gathered.Next,
            IsReadCommitted = true, Records = gathered.Records,
        };
        poll.Complete(Outcome.Succeeded, gathered.Completed);
        _run.History.Add(poll);
    }
}
