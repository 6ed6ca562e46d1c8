namespace DisklessKafka.TestKit.Simulation;

/// <summary>One machine's clock: it may run fast or slow, and its time of day may be wrong by <see cref="Skew"/>.</summary>
public sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulatedNode _node;
    private readonly SimulatedWorld _world;
    private readonly double _rate;

    internal SimulatedClock(SimulatedNode node, SimulatedWorld world, double rate) => (_node, _world, _rate) = (node, world, rate);

    /// <summary>May be changed at any time, as an administrator or a time server does it.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Since the beginning, by this clock.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _rate == 1 ? _world.Now : (long)(_world.Now * _rate);

    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(GetTimestamp()) + Skew;

    /// <summary>The callback runs on the clock's own node: not while that is paused, and never once it is dead.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, _node, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public Task Delay(TimeSpan time) => Task.Delay(time, this);

    /// <summary>When that much of this clock's time is over, in the world's time.</summary>
    internal long DueIn(TimeSpan time) => _world.Now + (_rate == 1 ? time.Ticks : (long)Math.Ceiling(time.Ticks / _rate) + 1);

    internal void SetAlarm(SimulatedTimer timer, int setting, long due) => _world.SetAlarm(timer, setting, due);
}

internal sealed class SimulatedTimer(SimulatedClock clock, SimulatedNode node, TimerCallback callback, object? state) : ITimer
{
    private readonly Action<object?> _callback = callback.Invoke;
    private int _setting;
    private bool _isSet;
    private TimeSpan _period;

    public bool IsSetTo(int setting) => _isSet && _setting == setting && !node.IsDead;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _setting++;
        _isSet = dueTime != Timeout.InfiniteTimeSpan;
        _period = period;
        if (_isSet) clock.SetAlarm(this, _setting, clock.DueIn(dueTime));
        return true;
    }

    public void Fire()
    {
        if (_period > TimeSpan.Zero) clock.SetAlarm(this, _setting, clock.DueIn(_period));
        else _isSet = false;
        node.Post(_callback, state);
    }

    public void Dispose() => _isSet = false;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
