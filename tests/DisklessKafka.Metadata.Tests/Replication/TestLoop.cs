namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>
/// Runs a test and all that it starts on one thread: whatever can run, in an order drawn from the seed; and when nothing
/// can, time goes on to the next timer. So a test that takes minutes takes milliseconds, and fails the same way twice.
/// </summary>
internal sealed class TestLoop : TaskScheduler
{
    /// <summary>Nothing here takes longer; who waits for longer waits for what will not come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    private readonly Random _random;
    private readonly List<Task> _runnable = [];

    private TestLoop(int seed) => _random = new Random(seed);

    public static void Run(int seed, Func<ManualTime, Task> test)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // the test runner's would take what is awaited elsewhere
        try
        {
            var loop = new TestLoop(seed);
            var time = new ManualTime();
            var main = Task.Factory.StartNew(() => test(time), CancellationToken.None, TaskCreationOptions.None, loop).Unwrap();
            while (!main.IsCompleted) loop.Step(time);
            main.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Step(ManualTime time)
    {
        Task? next = null;
        lock (_runnable)
        {
            if (_runnable.Count > 0)
            {
                var index = _random.Next(_runnable.Count);
                next = _runnable[index];
                _runnable.RemoveAt(index);
            }
        }

        if (next is not null) TryExecuteTask(next);
        else if (!time.AdvanceToNextTimer()) throw new InvalidOperationException("nothing can run, no timer is set, and the test is not through: something is awaited that nobody does");
        else if (time.Elapsed > Patience) throw new TimeoutException($"the test was not through after {Patience} of its own time");
    }

    protected override void QueueTask(Task task)
    {
        lock (_runnable) _runnable.Add(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _runnable;
}

/// <summary>Time that moves when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _now;

    public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(56).AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public Task Delay(TimeSpan time) => Task.Delay(time, this);

    public bool AdvanceToNextTimer()
    {
        ManualTimer? next = null;
        foreach (var timer in _timers)
            if (next is null || timer.Due < next.Due)
                next = timer;
        if (next is null) return false;
        _now = Math.Max(_now, next.Due);
        next.Fire();
        return true;
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time._timers.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            Due = time._now + dueTime.Ticks;
            time._timers.Add(this);
            return true;
        }

        public void Fire()
        {
            time._timers.Remove(this);
            callback(state);
        }

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
