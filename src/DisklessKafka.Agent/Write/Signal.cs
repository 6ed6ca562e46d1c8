namespace DisklessKafka.Agent.Write;

/// <summary>An event that one loop waits for and anybody may raise; raised while nobody waits, it is remembered once.</summary>
internal sealed class Signal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _raised;

    public void Raise()
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            wake = _waiter;
            _waiter = null;
            _raised = wake is null;
        }

        wake?.SetResult();
    }

    public Task WaitAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_raised)
            {
                _raised = false;
                return Task.CompletedTask;
            }

            _waiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return AwaitAsync(_waiter.Task).WaitAsync(cancellation);
        }
    }

    /// <summary>Waits until raised or until the time is up, whichever comes first.</summary>
    public async Task WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        if (timeout <= TimeSpan.Zero) return;
        // That the time is up is nothing to be thrown: the caller looks at the state of things, not at how the wait ended.
        Task wait = WaitAsync(cancellation).WaitAsync(WholeMilliseconds(timeout), time, cancellation);
        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Waits count whole milliseconds and drop the rest: a caller who waits for the last half of one would go round and round until it is over.</summary>
    private static TimeSpan WholeMilliseconds(TimeSpan timeout) => TimeSpan.FromMilliseconds((long)Math.Ceiling(timeout.TotalMilliseconds));

    /// <summary>
    /// The same task, fit for WaitAsync and the like: on a completion source's own, which has to complete its waiters
    /// asynchronously, those go through the thread pool whatever scheduler they were started on.
    /// </summary>
    internal static async Task AwaitAsync(Task task) => await task;
}
