using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Network;

/// <summary>One direction of a connection: frames arrive whole, later than they were sent, and in the order they were sent.</summary>
internal sealed class Wire(SimulatedNode to, Func<TimeSpan> latency)
{
    private readonly Queue<byte[]?> _onTheWay = new(); // null: the end
    private readonly Queue<byte[]?> _arrived = new();
    private TaskCompletionSource? _waiter;
    private long _lastDue;
    private bool _isEnded;

    public void Send(byte[] frame) => Put(frame);

    /// <summary>The last there is; what was sent before still arrives.</summary>
    public void End()
    {
        if (_isEnded) return;
        Put(null);
        _isEnded = true;
    }

    /// <summary>The next frame; null once the wire has ended. For one reader on the receiving machine.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        while (_arrived.Count == 0)
        {
            _waiter = new TaskCompletionSource();
            await _waiter.Task;
        }

        return _arrived.Peek() is null ? null : _arrived.Dequeue(); // the end stays
    }

    private void Put(byte[]? frame)
    {
        if (_isEnded) return;
        var now = to.Clock.GetTimestamp();
        var due = Math.Max(_lastDue, now + latency().Ticks);
        _lastDue = due;
        _onTheWay.Enqueue(frame);
        to.Clock.CreateTimer(static wire => ((Wire)wire!).Arrive(), this, TimeSpan.FromTicks(due - now), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whichever timer it was that fired: what was sent first arrives first.</summary>
    private void Arrive()
    {
        _arrived.Enqueue(_onTheWay.Dequeue());
        var waiter = _waiter;
        _waiter = null;
        waiter?.TrySetResult();
    }
}
