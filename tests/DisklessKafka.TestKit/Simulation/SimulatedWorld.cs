using System.Diagnostics;

namespace DisklessKafka.TestKit.Simulation;

/// <summary>
/// Runs whole machines on one thread and in a time of its own: whatever can run, in an order drawn from the seed; and when
/// nothing can, time goes on to the next timer. So what takes minutes takes milliseconds, and happens the same way twice.
/// </summary>
public sealed class SimulatedWorld
{
    /// <summary>More steps than this without time going on are a loop that waits for nothing.</summary>
    private const int MaxStepsAtOnce = 1_000_000;

    private readonly record struct Runnable(SimulatedNode Node, Task Task);

    private readonly record struct Alarm(SimulatedTimer Timer, int Setting);

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Random _random;
    private readonly List<Runnable> _runnable = [];
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private readonly TimeSpan _patience;
    private long _now;
    private long _alarmsSet;
    private int _stepsAtOnce;
    private string? _stray;

    private SimulatedWorld(int seed, TimeSpan patience)
    {
        _random = new Random(seed);
        _patience = patience;
    }

    /// <summary>Of the world's own time, which no clock shows.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

    /// <summary>Pieces of code that ran so far, each from one await to the next.</summary>
    public long Steps { get; private set; }

    internal long Now => _now;

    /// <summary>Runs the story, and whatever it starts, until the story is over.</summary>
    /// <param name="patience">Nothing in the story takes longer: who waits for longer waits for what will not come.</param>
    public static void Run(int seed, TimeSpan patience, Func<SimulatedWorld, SimulatedNode, Task> story)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // the test runner's would take what is awaited elsewhere
        try
        {
            var world = new SimulatedWorld(seed, patience);
            var node = world.AddNode("story");
            var main = node.Start(() => story(world, node));
            while (!main.IsCompleted) world.Step();
            world.ThrowIfStray();
            main.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>One more machine.</summary>
    /// <param name="rate">How fast its clock runs; 1 is right.</param>
    public SimulatedNode AddNode(string name, double rate = 1) => new(this, name, rate);

    internal void Add(SimulatedNode node, Task task)
    {
        if (Environment.CurrentManagedThreadId != _thread) Interlocked.CompareExchange(ref _stray, $"{Name(task)} on {node.Name}{Environment.NewLine}{new StackTrace(2, fNeedFileInfo: true)}", null);
        lock (_runnable) _runnable.Add(new(node, task)); // a stray ends the run; until then it must not break the list
    }

    internal void SetAlarm(SimulatedTimer timer, int setting, long due) => _alarms.Enqueue(new(timer, setting), (due, ++_alarmsSet));

    private void Step()
    {
        ThrowIfStray();
        if (TakeAny(out var next))
        {
            Steps++;
            if (++_stepsAtOnce > MaxStepsAtOnce) throw new InvalidOperationException($"time stands still on {next.Node.Name}: {Name(next.Task)} goes round and round");
            next.Node.Run(next.Task);
            return;
        }

        if (!AdvanceToNextAlarm()) throw new InvalidOperationException("nothing can run, no timer is set, and the story is not over: something is awaited that nobody does");
        if (Elapsed > _patience) throw new TimeoutException($"the story was not over after {_patience} of its own time");
    }

    private bool TakeAny(out Runnable next)
    {
        lock (_runnable)
        {
            next = default;
            if (_runnable.Count == 0) return false;
            var index = _random.Next(_runnable.Count);
            next = _runnable[index];
            _runnable[index] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
            return true;
        }
    }

    private bool AdvanceToNextAlarm()
    {
        while (_alarms.TryDequeue(out var alarm, out var at))
        {
            if (!alarm.Timer.IsSetTo(alarm.Setting)) continue; // changed or disposed since
            if (at.Due > _now) (_now, _stepsAtOnce) = (at.Due, 0);
            alarm.Timer.Fire();
            return true;
        }

        return false;
    }

    /// <summary>The method that goes on, as near as the runtime tells.</summary>
    private static string Name(Task task) => (task.AsyncState as Delegate)?.Target?.GetType().ToString() ?? task.AsyncState?.ToString() ?? task.ToString()!;

    /// <summary>Work that came from another thread came at a moment that no seed repeats.</summary>
    private void ThrowIfStray()
    {
        if (_stray is not null) throw new InvalidOperationException($"something left the simulated scheduler and came back from the thread pool:{Environment.NewLine}{_stray}");
    }
}
