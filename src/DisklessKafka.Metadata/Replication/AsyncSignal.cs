namespace DisklessKafka.Metadata.Replication;

/// <summary>Wakes the one loop that waits for it; set while nobody waits, it is remembered once. A loop can also be woken by time.</summary>
public sealed class AsyncSignal(TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private TaskCompletionSource? _waiter;
    private bool _isSet;

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            _isSet |= waiter is null;
        }

        waiter?.TrySetResult(); // outside of the lock; the loop goes on by itself, not on this stack
    }

    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (!_isSet) return (_waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            _isSet = false;
            return Task.CompletedTask;
        }
    }

    /// <summary>
    /// Waits for that long at the most, in whole milliseconds: timers drop the rest, and a caller who waits for the last half of one would go
    /// round and round until it is over. A timer of an earlier wait may end this one too early: callers look again anyway.
    /// </summary>
    public Task WaitAsync(TimeSpan atMost)
    {
        _timer ??= time.CreateTimer(static signal => ((AsyncSignal)signal!).Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(atMost.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        return WaitAsync();
    }

    public void Dispose() => _timer?.Dispose();
}
