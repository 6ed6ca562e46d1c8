namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// Sends a call a second time when the first is slow, and takes what succeeds first. Returns only when both have ended:
/// the loser is cancelled, but until it has noticed, it still uses the caller's memory.
/// </summary>
/// <remarks>
/// Polly's hedging leaves its losers to themselves, which is why it is not used.
/// Cancelling is synchronous on purpose: CancelAsync hops to the thread pool, whatever scheduler this runs on.
/// </remarks>
internal sealed class Hedge(TimeSpan delay, HedgeBudget budget, TimeProvider time, Action sent)
{
    public async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> first, Func<CancellationToken, Task<T>> second, CancellationToken cancellation)
    {
        budget.Earn();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var one = first(stop.Token);
        if (!await IsSlowAsync(one, cancellation) || !budget.TrySpend())
            return await one;

        sent();
        var two = second(stop.Token);
        var ended = await Task.WhenAny(one, two);
        var winner = IsDecisive(ended) ? ended : ended == one ? two : one;
        await QuietAsync(winner);
        stop.Cancel();
        await QuietAsync(winner == one ? two : one);
        // Where both failed, the first one's reason is as good as the other's.
        return await (winner.IsCompletedSuccessfully ? winner : IsDecisive(winner) ? winner : one);
    }

    private async Task<bool> IsSlowAsync(Task call, CancellationToken cancellation)
    {
        if (call.IsCompleted)
            return false;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(call, QuietAsync(Task.Delay(delay, time, enough.Token))); // not the delay itself: cancelled, it tells WhenAny on the thread pool
        enough.Cancel();
        return !call.IsCompleted && !cancellation.IsCancellationRequested;
    }

    /// <summary>A failure that no repetition mends answers the call as well as a success does.</summary>
    private static bool IsDecisive(Task call) => call.IsCompletedSuccessfully
        || call.Exception?.InnerException is ObjectStoreException { IsTransient: false };

    private static async Task QuietAsync(Task call)
    {
        await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
