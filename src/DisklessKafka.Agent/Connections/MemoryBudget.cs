namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Bytes that may be held at once over all connections. Who gets none waits, first come first served, and does not read
/// meanwhile. A frame's share grows with the bytes that arrive, so a client that announces 90 MiB and drips holds little.
/// Growing while holding could lock up: all memory in half-read frames, each waiting for more. So one frame at a time,
/// the first that gets stuck, is let past the capacity until it is done; what is held never exceeds the capacity by more
/// than one frame.
/// </summary>
public sealed class MemoryBudget(long capacityBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private FrameMemory? _overdrawn;
    private long _heldBytes;

    public long CapacityBytes => capacityBytes;

    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>Frames and replies that wait for memory now.</summary>
    public int Waiting
    {
        get { lock (_lock) return _waiters.Count; }
    }

    /// <summary>Takes bytes that do not grow later (a reply). More than the capacity is granted once nothing else is held.</summary>
    public ValueTask TakeAsync(long bytes, CancellationToken cancellation) => TakeAsync(null, bytes, cancellation);

    public void Release(long bytes)
    {
        if (bytes == 0) return;
        lock (_lock)
        {
            _heldBytes -= bytes;
            GrantWaiters();
        }
    }

    /// <summary>Frees what a frame no longer needs (less than nothing, if its decoded request takes more) and, if it was the overdrawn one, lets the next take that place.</summary>
    internal void Finish(FrameMemory frame, long freedBytes)
    {
        if (freedBytes == 0 && _overdrawn != frame) return;
        lock (_lock)
        {
            _heldBytes -= freedBytes;
            if (_overdrawn == frame) _overdrawn = null;
            GrantWaiters();
        }
    }

    internal ValueTask TakeAsync(FrameMemory? frame, long bytes, CancellationToken cancellation)
    {
        Waiter waiter;
        lock (_lock)
        {
            if ((_waiters.Count == 0 || _overdrawn == frame && frame is not null) && Grants(frame, bytes))
            {
                Hold(frame, bytes);
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(frame, bytes);
            waiter.Node = _waiters.AddLast(waiter);
            GrantWaiters(); // a stuck frame may overdraw at once, wherever in the line it stands
        }

        return WaitAsync(waiter, cancellation);
    }

    private async ValueTask WaitAsync(Waiter waiter, CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(static (state, token) =>
        {
            var (budget, waiter) = ((MemoryBudget, Waiter))state!;
            budget.GiveUp(waiter, token);
        }, (this, waiter));
        await waiter.Task;
    }

    private void GiveUp(Waiter waiter, CancellationToken token)
    {
        lock (_lock)
        {
            if (waiter.Node is null) return; // granted in the meantime
            Remove(waiter);
            GrantWaiters();
        }

        waiter.TrySetCanceled(token);
    }

    private bool Grants(FrameMemory? frame, long bytes) =>
        _heldBytes + bytes <= capacityBytes || _heldBytes == 0 || (frame is not null && _overdrawn == frame);

    private void Hold(FrameMemory? frame, long bytes)
    {
        _heldBytes += bytes;
        if (frame is not null) frame.HeldBytes += bytes;
    }

    private void GrantWaiters()
    {
        while (_waiters.First?.Value is { } first && Grants(first.Frame, first.Bytes)) Grant(first);
        if (_overdrawn is not null) return;

        for (var node = _waiters.First; node is not null; node = node.Next)
        {
            if (node.Value.Frame is not { HeldBytes: > 0 } stuck) continue;
            _overdrawn = stuck;
            Grant(node.Value);
            return;
        }
    }

    private void Grant(Waiter waiter)
    {
        Remove(waiter);
        Hold(waiter.Frame, waiter.Bytes);
        waiter.TrySetResult();
    }

    private void Remove(Waiter waiter)
    {
        _waiters.Remove(waiter.Node!);
        waiter.Node = null;
    }

    private sealed class Waiter(FrameMemory? frame, long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public FrameMemory? Frame => frame;
        public long Bytes => bytes;
        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
