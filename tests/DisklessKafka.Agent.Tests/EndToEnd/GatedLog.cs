using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Agent.Tests.EndToEnd;

/// <summary>One agent's way to the log: closed, its appends wait.</summary>
internal sealed class GatedLog(IMetadataLog inner) : IMetadataLog
{
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _open = NewOpen();

    public void Close() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.SetResult();

    public Task AppendWaitsAsync() => _waiting.Task;

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        if (!_open.Task.IsCompleted) _waiting.TrySetResult();
        await _open.Task.WaitAsync(cancellation);
        await inner.AppendAsync(session, sequence, payload, cancellation);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation) => inner.ReadAsync(after, maxBytes, cancellation);

    public ValueTask<LogCursor> EndAsync(CancellationToken cancellation) => inner.EndAsync(cancellation);

    public ValueTask TrimAsync(LogCursor through, CancellationToken cancellation) => inner.TrimAsync(through, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // shared

    private static TaskCompletionSource NewOpen()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }
}
