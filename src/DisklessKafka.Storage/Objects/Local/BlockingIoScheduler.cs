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

    private readonly object gate = new();
    private readonly Queue<Task> waiting = new();  // bounded by the callers: each waits for its own call
    private int threads;
    private int idle;

    public override int MaximumConcurrencyLevel => maxThreads;

    protected override void QueueTask(Task task)
    {
        lock (gate)
        {
            waiting.Enqueue(task);
            // A thread that was woken stays counted as idle until it runs, hence "more work than idle threads".
            if (waiting.Count <= idle || threads == maxThreads)
            {
                Monitor.Pulse(gate);
                return;
            }

            threads++;
        }

        new Thread(Work) { IsBackground = true, Name = "blocking I/O" }.Start();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate)
            return waiting.ToArray();
    }

    private void Work()
    {
        while (Next() is { } task)
            TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (gate)
        {
            Task? task;
            while (!waiting.TryDequeue(out task))
            {
                idle++;
                var woken = Monitor.Wait(gate, IdleLife);
                idle--;
                if (!woken && waiting.Count == 0)
                {
                    threads--;
                    return null;
                }
            }

            return task;
        }
    }
}
