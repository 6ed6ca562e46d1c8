namespace DisklessKafka.Storage.Objects.S3;

/// <summary>The keys of one delete that are still there, and why.</summary>
internal sealed class FailedDeletes
{
    private readonly List<string> _keys = [];
    private string? _reason;
    private bool _allTransient = true;

    public void Add(string key, string why, bool isTransient)
    {
        _keys.Add(key);
        // A reason that no retry mends is worth more to the reader than a passing one.
        if (_reason is null || _allTransient && !isTransient)
            _reason = $"'{key}': {why}";
        _allTransient &= isTransient;
    }

    /// <exception cref="PartialDeleteException">Transient only if every key's reason is.</exception>
    public void ThrowIfAny(string place)
    {
        if (_keys.Count > 0)
            throw new PartialDeleteException($"cannot delete {_keys.Count} objects in {place}; {_reason}", _allTransient, _keys);
    }
}
