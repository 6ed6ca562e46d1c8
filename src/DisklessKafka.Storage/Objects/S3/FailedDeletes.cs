namespace DisklessKafka.Storage.Objects.S3;

/// <summary>The keys of one delete that are still there, and why.</summary>
internal sealed class FailedDeletes
{
    private readonly List<string> keys = [];
    private string? reason;
    private bool allTransient = true;

    public void Add(string key, string why, bool isTransient)
    {
        keys.Add(key);
        // A reason that no retry mends is worth more to the reader than a passing one.
        if (reason is null || allTransient && !isTransient)
            reason = $"'{key}': {why}";
        allTransient &= isTransient;
    }

    /// <exception cref="PartialDeleteException">Transient only if every key's reason is.</exception>
    public void ThrowIfAny(string place)
    {
        if (keys.Count > 0)
            throw new PartialDeleteException($"cannot delete {keys.Count} objects in {place}; {reason}", allTransient, keys);
    }
}
