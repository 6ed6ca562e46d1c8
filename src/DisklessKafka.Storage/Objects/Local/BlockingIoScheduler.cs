namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Runs calls that block in the kernel, fsync above all, on threads that nothing else uses. On the shared pool, which
/// starts with a thread a core, a handful of fsyncs of 30 ms would hold up every connection until the pool notices.
/// The composition root makes one and passes it in; a simulation passes its own scheduler instead.
/// </summary>
/// <param name="maxThreads">Calls that may be in the kernel at once; more wait in order of arrival.</param>
public sealed class BlockingIoScheduler(int maxThreads = BlockingIoScheduler.DefaultThreads) : TaskScheduler
{
    /// <summary>Enough to keep several uploads and cold reads in the disk's queue; an idle thread costs a stack.</summary>
    public const int DefaultThreads = 16;

    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly Queue<Task> _waiting = new();  // bounded by the callers: each waits for its own call
    private int _threads;
    private int _idle;

    public override int MaximumConcurrencyLevel => maxThreads;

    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            _waiting.Enqueue(task);
            // A thread that was woken stays counted as idle until it runs, hence "more work than idle threads".
            if (_waiting.Count <= _idle || _threads == maxThreads)
            {
                Monitor.Pulse(_gate);
                return;
            }

            _threads++;
        }

        // A thread of its own, for what it runs blocks in the kernel; a simulation has another scheduler in this one's place.
        new Thread(Work) { IsBackground = true, Name = "blocking I/O" }.Start();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
            return _waiting.ToArray();
    }

    private void Work()
    {
        while (Next() is { } task)
            TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (_gate)
        {
            Task? task;
            while (!_waiting.TryDequeue(out task))
            {
                _idle++;
                var woken = Monitor.Wait(_gate, IdleLife);
                _idle--;
                if (!woken && _waiting.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return task;
        }
    }
}
