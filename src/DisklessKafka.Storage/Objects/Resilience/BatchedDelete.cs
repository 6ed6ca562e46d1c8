namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// Deletes batch by batch and, within a batch, asks again only for what is still there: throttling slows a large delete
/// down but never sends it back to its start.
/// </summary>
internal sealed class BatchedDelete(IObjectStore store, CallPolicy policy)
{
    private const int BatchKeys = 1000;  // what S3 takes at once

    /// <exception cref="PartialDeleteException">Names all keys that may still be there.</exception>
    public async ValueTask RunAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        var failed = new List<string>();
        ObjectStoreException? reason = null;
        var batches = keys.Chunk(BatchKeys).ToArray();
        for (var i = 0; i < batches.Length; i++)
        {
            var remaining = await DeleteAsync(batches[i], error => reason = error, cancellation);
            failed.AddRange(remaining);
            if (remaining.Count > 0 && reason is { IsTransient: true })
            {
                // The store is away or keeps throttling in spite of all patience; the rest would fare no better.
                failed.AddRange(batches[(i + 1)..].SelectMany(batch => batch));
                break;
            }
        }

        if (reason is not null && failed.Count > 0)
            throw new PartialDeleteException($"{failed.Count} of {keys.Count} objects are not deleted: {reason.Message}", reason.IsTransient, failed);
    }

    /// <returns>The keys that could not be deleted.</returns>
    private async ValueTask<IReadOnlyList<string>> DeleteAsync(
        IReadOnlyList<string> batch, Action<ObjectStoreException> failed, CancellationToken cancellation)
    {
        var remaining = batch;
        while (true)
        {
            var before = remaining.Count;
            try
            {
                await policy.RunAsync(stop => DeleteOnceAsync(stop), cancellation);
                return [];
            }
            catch (ObjectStoreException error)
            {
                // As long as each round of retries deletes something, there is no reason to give up.
                if (error.IsTransient && remaining.Count < before)
                    continue;
                failed(error);
                return remaining;
            }
        }

        async ValueTask<bool> DeleteOnceAsync(CancellationToken stop)
        {
            try
            {
                await store.DeleteAsync(remaining, stop);
                return true;
            }
            catch (PartialDeleteException some)
            {
                remaining = some.Remaining;
                throw;
            }
        }
    }
}
