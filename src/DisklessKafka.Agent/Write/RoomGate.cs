namespace DisklessKafka.Agent.Write;

/// <summary>Counts bytes taken and not yet given back; past the limit, whoever asks waits. Taking never fails: the asker's own bytes are already in memory.</summary>
internal sealed class RoomGate(long limitBytes)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiters;
    private long _used;

    public long UsedBytes => Volatile.Read(ref _used);

    public void Take(long bytes)
    {
        lock (_gate) _used += bytes;
    }

    public void Return(long bytes)
    {
        TaskCompletionSource? wake = null;
        lock (_gate)
        {
            _used -= bytes;
            if (_used < limitBytes) (wake, _waiters) = (_waiters, null);
        }

        wake?.SetResult();
    }

    public Task WhenRoomAsync()
    {
        lock (_gate)
        {
            if (_used < limitBytes) return Task.CompletedTask;
            _waiters ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiters.Task;
        }
    }
}
