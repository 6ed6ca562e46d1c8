using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>A clock that stands until it is told to move; timers fire on the thread that moves it, in order of their due times.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private DateTimeOffset now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state, period);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>When the next timer is due, from now; null if none is.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (gate)
                return timers.Count == 0 ? null : timers.Min(timer => timer.Due) - now;
        }
    }

    public void Advance(TimeSpan by)
    {
        var until = GetUtcNow() + by;
        while (TakeDue(until) is { } timer)
            timer.Fire();
        lock (gate)
            now = until;
    }

    /// <summary>Moves the clock from timer to timer until the task is done; fails if it waits for something else.</summary>
    public async Task RunUntilAsync(Task task)
    {
        for (var quiet = 0; !task.IsCompleted; quiet++)
        {
            if (NextDue is { } due)
            {
                Advance(due);
                quiet = 0;
            }

            Assert.True(quiet < 100_000, "the task neither ended nor set a timer");
            await Task.Yield();
        }
    }

    private ManualTimer? TakeDue(DateTimeOffset until)
    {
        lock (gate)
        {
            if (timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due) is not { } first)
                return null;
            now = first.Due > now ? first.Due : now;
            timers.Remove(first);
            return first;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        private TimeSpan period = period;

        public DateTimeOffset Due { get; private set; }

        public void Fire()
        {
            if (period > TimeSpan.Zero)
                Change(period, period);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
                period = newPeriod;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time.now + dueTime;
                time.timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time.gate)
                time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
