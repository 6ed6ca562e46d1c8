namespace DisklessKafka.Metadata.State;

/// <summary>
/// What this replica's state hashed to at the last few versions that everybody hashes at, to hold against what others
/// say. Not part of the state: a replica that began from a snapshot knows fewer.
/// </summary>
internal sealed class RecentHashes
{
    /// <summary>Entries from one hash to the next: a divergence is known after a second of full load at the latest.</summary>
    public const int Interval = 1024;

    private const int Kept = 16;

    private readonly Queue<(long Version, ulong Hash)> _recent = new(Kept);

    public void Add(long version, ulong hash)
    {
        if (_recent.Count == Kept) _recent.Dequeue();
        _recent.Enqueue((version, hash));
    }

    public ulong? Find(long version)
    {
        foreach (var recent in _recent)
            if (recent.Version == version)
                return recent.Hash;
        return null;
    }
}
