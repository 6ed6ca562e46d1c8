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
    private bool _isAsking;
    private TaskCompletionSource<LogCursor>? _next; // not asked yet; only where a question is on its way

    /// <summary>Goes on asking while the log is away: callers bring their own patience.</summary>
    public Task<LogCursor> EndAsync()
    {
        var question = new TaskCompletionSource<LogCursor>(); // answered under no lock
        lock (_gate)
        {
            if (_isAsking) return (_next ??= question).Task;
            _isAsking = true;
        }

        _ = AnswerAsync(question);
        return question.Task;
    }

    private async Task AnswerAsync(TaskCompletionSource<LogCursor> question)
    {
        var asked = AskAsync();
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (TakeNext() is { } next) _ = AnswerAsync(next); // before those who waited for this one go on, for they take their time
        question.SetFromTask(asked);
    }

    /// <summary>Who comes from here on comes after the question that was taken.</summary>
    private TaskCompletionSource<LogCursor>? TakeNext()
    {
        lock (_gate)
        {
            var next = _next;
            _next = null;
            _isAsking = next is not null;
            return next;
        }
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
