using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// A librdkafka consumer in a group, at its default settings but for committing by itself: it reads what it is assigned from the
/// committed offsets on, and commits what it has read, noting both.
/// </summary>
internal sealed class GroupMember : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100), CommitPace = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(60);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly string _group;
    private readonly int _client;
    private readonly Dictionary<int, ReadPosition> _owned = [];
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private long _committedAt;

    public GroupMember(RunRecord run, LoadTarget target, string group, int number)
    {
        (_run, _target, _group) = (run, target, group);
        _client = run.NewClient($"{group}-{number}", ClientKind.Group);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = target.Bootstrap,
            ClientId = $"{group}-{number}",
            GroupId = group,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => run.Complain(_client, error.ToString()))
            .SetPartitionsAssignedHandler((_, partitions) => partitions.Select(Take))
            .SetPartitionsRevokedHandler((_, partitions) => GiveUp(partitions, mayCommit: true))
            .SetPartitionsLostHandler((_, partitions) => GiveUp(partitions, mayCommit: false)).Build();
    }

    /// <summary>Reads and commits until told to stop. Blocks its thread.</summary>
    public void Run(CancellationToken stop)
    {
        _consumer.Subscribe(_target.Topic);
        while (!stop.IsCancellationRequested)
        {
            var invoked = _run.Clock.Now;
            try
            {
                if (_consumer.Consume(PollTime) is { } result && _owned.TryGetValue(result.Partition.Value, out var position)
                    && position.Take(new SeenRecord(result.Offset.Value, LoadRecord.Decode(result.Message.Value)), invoked, _run.Clock.Now, out var poll))
                {
                    Add(position, poll);
                }
            }
            catch (ConsumeException failure)
            {
                _run.Complain(_client, failure.Error.ToString());
            }

            if (RunClock.ToTime(_run.Clock.Now - _committedAt) > CommitPace)
                Commit();
        }

        Flush();
        Commit();
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    /// <returns>Where to read from: what was noted is what is done.</returns>
    private TopicPartitionOffset Take(TopicPartition partition)
    {
        if (Fetch(partition) is not { } fetch)
            return new(partition, Offset.Stored); // the library asks again, and nothing is noted of what it reads
        _owned[partition.Partition.Value] = new ReadPosition(fetch.Partition, _run.NewReader(), fetch.Offset ?? 0);
        return new(partition, fetch.Offset ?? 0);
    }

    private OffsetFetch? Fetch(TopicPartition partition)
    {
        var invoked = _run.Clock.Now;
        try
        {
            var offset = _consumer.Committed([partition], Patience)[0].Offset;
            var fetch = new OffsetFetch { Client = _client, Invoked = invoked, Group = _group, Partition = new(partition.Topic, partition.Partition.Value), Offset = offset.Value >= 0 ? offset.Value : null };
            fetch.Complete(Outcome.Succeeded, _run.Clock.Now);
            _run.History.Add(fetch);
            return fetch;
        }
        catch (KafkaException failure)
        {
            _run.Complain(_client, failure.Error.ToString());
            return null;
        }
    }

    private void GiveUp(List<TopicPartitionOffset> partitions, bool mayCommit)
    {
        Flush();
        if (mayCommit)
            Commit();
        foreach (var partition in partitions)
            _owned.Remove(partition.Partition.Value);
    }

    private void Commit()
    {
        _committedAt = _run.Clock.Now;
        OffsetCommit[] commits = [.. _owned.Values.Where(position => position.Next > position.First).Select(position => new OffsetCommit { Client = _client, Invoked = _committedAt, Group = _group, Partition = position.Partition, Offset = position.Next })];
        if (commits.Length == 0)
            return;
        Array.ForEach(commits, _run.History.Add);
        var outcome = TryCommit(commits);
        var now = _run.Clock.Now;
        Array.ForEach(commits, commit => commit.Complete(outcome, now));
    }

    private Outcome TryCommit(OffsetCommit[] commits)
    {
        try
        {
            _consumer.Commit(commits.Select(commit => new TopicPartitionOffset(commit.Partition.Topic, commit.Partition.Partition, commit.Offset)));
            return Outcome.Succeeded;
        }
        catch (KafkaException failure)
        {
            _run.Complain(_client, failure.Error.ToString());
            // What was fenced had no effect, unless a try before it had; the library does not say. Open, then.
            return Outcome.Unknown;
        }
    }

    private void Flush()
    {
        foreach (var position in _owned.Values)
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
            IsReadCommitted = true, Records = gathered.Records,
        };
        poll.Complete(Outcome.Succeeded, gathered.Completed);
        _run.History.Add(poll);
    }
}
