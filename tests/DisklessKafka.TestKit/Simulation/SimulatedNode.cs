namespace DisklessKafka.TestKit.Simulation;

/// <summary>
/// One machine, or one life of a process: what is started on it stays on it, await after await. It can be stopped for a
/// while (SIGSTOP) and killed (SIGKILL), both between any two steps of its code: what it had sent is on its way all the same.
/// </summary>
public sealed class SimulatedNode : TaskScheduler
{
    private readonly SimulatedWorld _world;
    private readonly List<Task> _held = []; // while it is paused
    private bool _isPaused;

    internal SimulatedNode(SimulatedWorld world, string name, double rate)
    {
        _world = world;
        Name = name;
        Clock = new SimulatedClock(this, world, rate);
    }

    public string Name { get; }

    public SimulatedClock Clock { get; }

    public bool IsDead { get; private set; }

    public bool IsPaused => _isPaused;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs the function here, and all that it awaits.</summary>
    public Task Start(Func<Task> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <inheritdoc cref="Start(Func{Task})"/>
    public Task<T> Start<T>(Func<Task<T>> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <summary>Runs the action here, some time soon.</summary>
    public void Post(Action<object?> action, object? state) =>
        Task.Factory.StartNew(action, state, CancellationToken.None, TaskCreationOptions.None, this);

    /// <summary>Nothing runs here until <see cref="Resume"/>; time goes on, and what fell due meanwhile happens then.</summary>
    public void Pause() => _isPaused = true;

    public void Resume()
    {
        _isPaused = false;
        foreach (var task in _held) _world.Add(this, task);
        _held.Clear();
    }

    /// <summary>Nothing runs here any more, ever.</summary>
    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    internal void Run(Task task)
    {
        if (IsDead) return;
        if (_isPaused) _held.Add(task);
        else TryExecuteTask(task);
    }

    protected override void QueueTask(Task task)
    {
        if (!IsDead) _world.Add(this, task);
    }

    /// <summary>Never: each step is picked by the world, so that any other may come between.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
