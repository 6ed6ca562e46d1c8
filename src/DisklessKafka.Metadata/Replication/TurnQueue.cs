using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata.Replication;

/// <summary>What is to run between two entries, once replay has come to a position.</summary>
internal sealed class TurnQueue
{
    private readonly record struct Item(LogCursor Target, Action<ClusterState> Run, Action<Exception> Fail);

    private readonly Lock _gate = new();
    private readonly List<Item> _items = []; // as many as requests wait
    private Exception? _closed;

    /// <summary>Somebody waits for the log.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _items.Count == 0; }
    }

    public async Task<T> AddAsync<T>(LogCursor target, Func<ClusterState, T> function, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellation.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state!).TrySetCanceled(token), result);
        Item item = new(target, state => Run(state, function, result), e => result.TrySetException(e));
        Exception? closed;
        lock (_gate)
        {
            closed = _closed;
            if (closed is null) _items.Add(item);
        }

        if (closed is not null) item.Fail(closed);
        return await result.Task; // itself, not through a combinator: those would leave the scheduler
    }

    /// <summary>Runs what is due, in the order in which it came. Only for the apply turn.</summary>
    public void RunDue(ClusterState state)
    {
        var position = state.View.Position;
        List<Item>? due = null;
        lock (_gate)
        {
            if (_items.Count == 0) return;
            for (var i = 0; i < _items.Count; i++)
                if (_items[i].Target <= position)
                    (due ??= []).Add(_items[i]);
            if (due is not null) _items.RemoveAll(item => item.Target <= position);
        }

        foreach (var item in due ?? []) item.Run(state);
    }

    public void Close(Exception reason)
    {
        Item[] left;
        lock (_gate)
        {
            _closed ??= reason;
            left = [.. _items];
            _items.Clear();
        }

        foreach (var item in left) item.Fail(reason);
    }

    private static void Run<T>(ClusterState state, Func<ClusterState, T> function, TaskCompletionSource<T> result)
    {
        if (result.Task.IsCompleted) return; // its asker has gone
        try
        {
            result.TrySetResult(function(state));
        }
        catch (Exception e) // the asker's own fault, and nobody else's
        {
            result.TrySetException(e);
        }
    }
}
