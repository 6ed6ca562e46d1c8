namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>A listing that goes on behind its last key when a page fails or hangs.</summary>
internal sealed class ResumableListing(
    IObjectStore store, string prefix, string? startAfter, CallPolicy policy, CancellationToken cancellation) : IAsyncDisposable
{
    private string? _startAfter = startAfter;
    private IAsyncEnumerator<ObjectInfo>? _listing;
    private CancellationTokenSource? _life;  // a listing takes one token for good; each step's time-out has to reach it

    public ObjectInfo Current { get; private set; }

    public async ValueTask<bool> MoveNextAsync()
    {
        // Most steps only take the next object of a page that is here: no time-out, no retry, no metric for those.
        Task<bool>? begun = null;
        if (_listing is not null)
        {
            var step = _listing.MoveNextAsync();
            if (step.IsCompletedSuccessfully)
                return Take(await step);
            begun = step.AsTask();
        }

        try
        {
            return Take(await policy.RunAsync(
                stop =>
                {
                    var step = StepAsync(begun, stop);
                    begun = null;
                    return step;
                },
                cancellation));
        }
        finally
        {
            await AbandonAsync(begun);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_listing is not null)
            await _listing.DisposeAsync();
        _listing = null;
        _life?.Dispose();
        _life = null;
    }

    /// <summary>An open circuit lets no try happen; the step under way must still end before the listing can be closed.</summary>
    private async ValueTask AbandonAsync(Task<bool>? begun)
    {
        if (begun is null)
            return;
        _life!.Cancel();
        await ((Task)begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await DisposeAsync();
    }

    private async ValueTask<bool> StepAsync(Task<bool>? begun, CancellationToken stop)
    {
        if (_listing is null)
        {
            _life = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            _listing = store.ListAsync(prefix, _startAfter, _life.Token).GetAsyncEnumerator(_life.Token);
        }

        try
        {
            using var reach = stop.UnsafeRegister(static life => ((CancellationTokenSource)life!).Cancel(), _life);
            return await (begun ?? _listing.MoveNextAsync().AsTask());
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private bool Take(bool found)
    {
        if (!found)
            return false;
        Current = _listing!.Current;
        _startAfter = Current.Key;
        return true;
    }
}
