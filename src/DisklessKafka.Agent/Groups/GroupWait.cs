using DisklessKafka.Metadata.State.Groups;

namespace DisklessKafka.Agent.Groups;

/// <summary>One request that waits for its group: woken by every change of it, ended by its time, or by its client's or this agent's going.</summary>
internal sealed class GroupWait : IDisposable
{
    private readonly GroupWaiters _waiters;
    private readonly ITimer _deadline;
    private readonly CancellationTokenRegistration _aborted, _leaving;
    private TaskCompletionSource _signal = NewSignal();
    private volatile bool _isOver;

    public GroupWait(GroupWaiters waiters, Group group, TimeSpan timeout, TimeProvider time, CancellationToken aborted)
    {
        Group = group;
        _waiters = waiters;
        waiters.Add(this);
        _deadline = time.CreateTimer(static wait => ((GroupWait)wait!).End(), this, timeout, Timeout.InfiniteTimeSpan);
        _aborted = aborted.UnsafeRegister(static wait => ((GroupWait)wait!).End(), this);
        _leaving = waiters.Leaving.UnsafeRegister(static wait => ((GroupWait)wait!).End(), this);
    }

    public Group Group { get; }

    /// <summary>Waits until it holds for the group's view.</summary>
    /// <returns>The view that it held for; null if the time was up first.</returns>
    public async ValueTask<GroupView?> UntilAsync(Func<GroupView, bool> condition)
    {
        while (true)
        {
            if (_signal.Task.IsCompleted) Volatile.Write(ref _signal, NewSignal()); // before the look: no change between the two is missed
            var view = Group.View;
            if (condition(view)) return view;
            if (_isOver) return null;
            await _signal.Task;
        }
    }

    public void Wake() => Volatile.Read(ref _signal).TrySetResult();

    public void Dispose()
    {
        _waiters.Remove(this);
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
