namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Bounds the requests of one connection that were read and not yet answered, by number and by bytes. The reading loop
/// enters and waits, the replying loop leaves; a single request larger than the whole window passes alone.
/// </summary>
internal sealed class InFlightWindow(int maxRequests, long maxBytes)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _room;
    private int _requests;
    private long _bytes;

    public void Enter(long bytes)
    {
        lock (_lock)
        {
            _requests++;
            _bytes += bytes;
        }
    }

    /// <summary>Completes when one more request may be read. Only the reading loop calls it.</summary>
    public ValueTask RoomAsync()
    {
        lock (_lock)
        {
            if (HasRoom) return ValueTask.CompletedTask;
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task);
        }
    }

    public void Leave(long bytes)
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            _requests--;
            _bytes -= bytes;
            if (!HasRoom) return;
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }

    private bool HasRoom => _requests < maxRequests && (_bytes < maxBytes || _requests == 0);
}
