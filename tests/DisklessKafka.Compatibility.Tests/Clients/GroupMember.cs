using Confluent.Kafka;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>A member of a consumer group that reads on a thread of its own and says what it owns.</summary>
internal sealed class GroupMember : IDisposable
{
    private readonly Lock gate = new();
    private readonly IConsumer<Ignore, byte[]> consumer;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task reading;
    private TaskCompletionSource changed = NewSignal();
    private HashSet<int> owned = [];
    private int rebalances;
    private bool leaves;

    public GroupMember(string bootstrap, string topic, string group, PartitionAssignmentStrategy strategy, string? instance = null)
    {
        consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = group,
            GroupInstanceId = instance,
            PartitionAssignmentStrategy = strategy,
            SessionTimeoutMs = 6_000,
            HeartbeatIntervalMs = 500,
            MaxPollIntervalMs = 60_000,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, added) => Change(now => now.UnionWith(added.Select(place => place.Partition.Value))))
            .SetPartitionsRevokedHandler((_, removed) => Change(now => now.ExceptWith(removed.Select(place => place.Partition.Value))))
            .SetPartitionsLostHandler((_, removed) => Change(now => now.ExceptWith(removed.Select(place => place.Partition.Value))))
            .Build();
        consumer.Subscribe(topic);
        reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Partitions it owns now, in order.</summary>
    public List<int> Owned
    {
        get { lock (gate) return [.. owned.Order()]; }
    }

    /// <summary>How often what it owns has changed.</summary>
    public int Rebalances => Volatile.Read(ref rebalances);

    public Task OwnsAsync(int count, TimeSpan patience) => WhenAsync(now => now.Count == count, $"{count} partitions", patience);

    public Task OwnsAtLeastAsync(int count, TimeSpan patience) => WhenAsync(now => now.Count >= count, $"at least {count} partitions", patience);

    /// <summary>Leaves the group in good order.</summary>
    public void Leave()
    {
        leaves = true;
        stopping.Cancel();
        reading.Wait();
    }

    /// <summary>As if its process had been killed: connections end, and nobody is told.</summary>
    public void FallSilent()
    {
        stopping.Cancel();
        reading.Wait();
        consumer.Dispose(); // without Close: librdkafka then sends no leave
    }

    public void Dispose()
    {
        stopping.Cancel();
        reading.Wait();
        consumer.Dispose();
        stopping.Dispose();
    }

    private void Read()
    {
        while (!stopping.IsCancellationRequested) consumer.Consume(TimeSpan.FromMilliseconds(100));
        if (leaves) consumer.Close();
    }

    private void Change(Action<HashSet<int>> change)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            owned = [.. owned];
            change(owned);
            rebalances++;
            signal = changed;
            changed = NewSignal();
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
            lock (gate) (next, now) = (changed.Task, owned);
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
