using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Metadata.Replication;

/// <summary>
/// Asks for the log's end once for all who want to know it at that moment. Whoever comes while a question is on its way
/// waits for the next one: an answer to a question asked before could lie before what the caller wants to see.
/// </summary>
internal sealed class EndGate(IMetadataLog log, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Task<LogCursor>? _running;
    private Task<LogCursor>? _next;

    /// <summary>Goes on asking while the log is away: callers bring their own patience.</summary>
    public Task<LogCursor> EndAsync()
    {
        lock (_gate)
        {
            if (_running is null or { IsCompleted: true }) return _running = AskAsync();
            return _next ??= AskAfterAsync(_running);
        }
    }

    private async Task<LogCursor> AskAfterAsync(Task running)
    {
        await Task.WhenAny(running); // whose failure is for those who asked then
        Task<LogCursor> asked;
        lock (_gate)
        {
            _next = null; // who comes from here on comes after the question
            asked = _running = AskAsync();
        }

        return await asked;
    }

    private async Task<LogCursor> AskAsync()
    {
        for (var delay = FirstRetryDelay; ; delay = delay * 2 < LastRetryDelay ? delay * 2 : LastRetryDelay)
        {
            try
            {
                return await log.EndAsync(stopping);
            }
            catch (MetadataLogException e) when (e.IsTransient)
            {
                await Task.Delay(delay, time, stopping);
            }
        }
    }
}
