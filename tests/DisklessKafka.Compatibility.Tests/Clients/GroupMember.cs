using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>A member of a consumer group that reads on a thread of its own and says what it owns.</summary>
internal sealed class GroupMember : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly string _topic;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _reading;
    private TaskCompletionSource _changed = NewSignal();
    private HashSet<int> _owned = [];
    private readonly ConcurrentQueue<string> _values = [];
    private int _rebalances;
    private bool _leaves;

    public GroupMember(string bootstrap, string topic, string group, PartitionAssignmentStrategy strategy, string? instance = null)
        : this(topic, new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = group,
            GroupInstanceId = instance,
            PartitionAssignmentStrategy = strategy,
            SessionTimeoutMs = 6_000,
            HeartbeatIntervalMs = 500,
        })
    {
    }

    private GroupMember(string topic, ConsumerConfig config)
    {
        _topic = topic;
        (config.MaxPollIntervalMs, config.AutoOffsetReset) = (60_000, AutoOffsetReset.Earliest);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, added) => Change(now => now.UnionWith(added.Select(place => place.Partition.Value))))
            .SetPartitionsRevokedHandler((_, removed) => Change(now => now.ExceptWith(removed.Select(place => place.Partition.Value))))
            .SetPartitionsLostHandler((_, removed) => Change(now => now.ExceptWith(removed.Select(place => place.Partition.Value))))
            .Build();
        _consumer.Subscribe(topic);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>A member under the consumer protocol (KIP-848), where the broker assigns.</summary>
    /// <param name="topic">A topic, or an expression that begins with ^.</param>
    public static GroupMember OfNewProtocol(string bootstrap, string topic, string group, string? instance = null, string? assignor = null) =>
        new(topic, new ConsumerConfig { BootstrapServers = bootstrap, GroupId = group, GroupInstanceId = instance, GroupProtocol = GroupProtocol.Consumer, GroupRemoteAssignor = assignor });

    /// <summary>A member as a client that sets nothing about times has it.</summary>
    public static GroupMember WithDefaultTimes(string bootstrap, string topic, string group, GroupProtocol protocol) =>
        new(topic, new ConsumerConfig { BootstrapServers = bootstrap, GroupId = group, GroupProtocol = protocol });

    /// <summary>Partitions it owns now, in order.</summary>
    public List<int> Owned
    {
        get { lock (_gate) return [.. _owned.Order()]; }
    }

    /// <summary>What it has read, in order.</summary>
    public IReadOnlyCollection<string> Values => _values;

    /// <summary>How often what it owns has changed.</summary>
    public int Rebalances => Volatile.Read(ref _rebalances);

    public Task OwnsAsync(int count, TimeSpan patience) => WhenAsync(now => now.Count == count, $"{count} partitions", patience);

    public Task OwnsAtLeastAsync(int count, TimeSpan patience) => WhenAsync(now => now.Count >= count, $"at least {count} partitions", patience);

    /// <summary>Waits until the members together have read all of these.</summary>
    public static async Task ReadAsync(IReadOnlyCollection<GroupMember> members, IEnumerable<string> expected, TimeSpan patience)
    {
        var missing = expected.ToHashSet();
        var wanted = missing.Count;
        using var deadline = new CancellationTokenSource(patience);
        while (true)
        {
            Task[] next = [.. members.Select(member => member.Changed)]; // before the look: no change between the two is missed
            foreach (var member in members) missing.ExceptWith(member._values);
            if (missing.Count == 0) return;
            try
            {
                await Task.WhenAny(next).WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{missing.Count} of {wanted} records were not read after {patience}, among them {missing.First()}");
            }
        }
    }

    /// <summary>Where it would read on, by partition.</summary>
    public IEnumerable<KeyValuePair<int, long>> Positions() =>
        _consumer.Assignment.Select(place => KeyValuePair.Create(place.Partition.Value, _consumer.Position(place).Value));

    /// <summary>What the group has committed of its partitions. Of those that it was told of: the library has them as its assignment only a moment later.</summary>
    public IEnumerable<KeyValuePair<int, long>> Committed() =>
        _consumer.Committed(Owned.ConvertAll(partition => new TopicPartition(_topic, partition)), TimeSpan.FromSeconds(30)).Select(place => KeyValuePair.Create(place.Partition.Value, place.Offset.Value));

    /// <summary>Leaves the group in good order.</summary>
    public void Leave()
    {
        _leaves = true;
        _stopping.Cancel();
        _reading.Wait();
    }

    /// <summary>As if its process had been killed: connections end, and nobody is told.</summary>
    public void FallSilent()
    {
        _stopping.Cancel();
        _reading.Wait();
        _consumer.Dispose(); // without Close: librdkafka then sends no leave
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _reading.Wait();
        _consumer.Dispose();
        _stopping.Dispose();
    }

    private Task Changed
    {
        get { lock (_gate) return _changed.Task; }
    }

    private void Read()
    {
        while (!_stopping.IsCancellationRequested)
            if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is { Message.Value: { } value })
            {
                _values.Enqueue(Encoding.UTF8.GetString(value));
                Change(static _ => { }, isRebalance: false);
            }

        if (_leaves) _consumer.Close();
    }

    private void Change(Action<HashSet<int>> change, bool isRebalance = true)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            _owned = [.. _owned];
            change(_owned);
            if (isRebalance) _rebalances++;
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    private async Task WhenAsync(Func<HashSet<int>, bool> condition, string expected, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (true)
        {
            Task next;
            HashSet<int> now;
            lock (_gate) (next, now) = (_changed.Task, _owned);
            if (condition(now)) return;
            try
            {
                await next.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"the member has partitions [{string.Join(", ", now.Order())}] and not {expected} after {patience}");
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
