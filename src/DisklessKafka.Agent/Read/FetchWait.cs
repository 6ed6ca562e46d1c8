using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>One long poll: woken when any of its partitions advanced, when its time is up, or when its client has gone or this agent leaves.</summary>
internal sealed class FetchWait : IDisposable
{
    private readonly FetchWaiters _waiters;
    private readonly Partition[] _partitions;
    private readonly ITimer _deadline;
    private readonly CancellationTokenRegistration _aborted, _leaving;
    private TaskCompletionSource _signal = NewSignal();
    private volatile bool _isOver;

    public FetchWait(FetchWaiters waiters, Partition[] partitions, TimeSpan timeout, TimeProvider time, CancellationToken aborted)
    {
        _waiters = waiters;
        _partitions = partitions;
        waiters.Add(this, partitions);
        _deadline = time.CreateTimer(static wait => ((FetchWait)wait!).End(), this, timeout, Timeout.InfiniteTimeSpan);
        _aborted = aborted.UnsafeRegister(static wait => ((FetchWait)wait!).End(), this);
        _leaving = waiters.Leaving.UnsafeRegister(static wait => ((FetchWait)wait!).End(), this);
    }

    /// <summary>True once nobody waits any longer: answer with what there is.</summary>
    public bool IsOver => _isOver;

    /// <summary>Forgets wake-ups so far. Call before looking at the partitions, so that none between the look and the wait is missed.</summary>
    public void Rearm()
    {
        if (_signal.Task.IsCompleted) Volatile.Write(ref _signal, NewSignal());
    }

    /// <summary>Ends at the first wake-up since <see cref="Rearm"/>, or at once when the wait is over.</summary>
    public Task WokenAsync() => _isOver ? Task.CompletedTask : _signal.Task;

    public void Wake() => Volatile.Read(ref _signal).TrySetResult();

    public void Dispose()
    {
        _waiters.Remove(this, _partitions);
        _deadline.Dispose();
        _aborted.Dispose();
        _leaving.Dispose();
    }

    private void End()
    {
        _isOver = true;
        Wake();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
