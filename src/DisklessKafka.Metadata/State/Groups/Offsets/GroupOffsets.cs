namespace DisklessKafka.Metadata.State.Groups.Offsets;

/// <summary>
/// What one group has committed, on the apply turn. 52 bytes a partition where clients' metadata is empty and the table is full,
/// twice that right after it has grown. Bounded by the partitions there are: those of a deleted topic go with it.
/// </summary>
internal sealed class GroupOffsets
{
    private Dictionary<ulong, CommittedOffset> _byPartition = []; // by topic ordinal and partition, which no two share
    private bool _isCaptured; // by a snapshot that is written down elsewhere: never to be changed again

    public int Count => _byPartition.Count;

    /// <summary>Of its entries, in whatever order they came.</summary>
    public ulong Hash { get; private set; }

    /// <summary>In order of topic and partition.</summary>
    public IEnumerable<(uint Topic, uint Partition, CommittedOffset Committed)> All => Ordered(_byPartition);

    public bool TryFind(uint topic, uint partition, out CommittedOffset committed) => _byPartition.TryGetValue(KeyOf(topic, partition), out committed);

    public void Set(uint topic, uint partition, in CommittedOffset committed)
    {
        Own();
        var key = KeyOf(topic, partition);
        if (_byPartition.TryGetValue(key, out var old)) Hash -= HashOf(key, old);
        _byPartition[key] = committed with { Metadata = committed.Metadata.Length == 0 ? "" : committed.Metadata };
        Hash += HashOf(key, committed);
    }

    public bool Remove(uint topic, uint partition)
    {
        var key = KeyOf(topic, partition);
        if (!_byPartition.ContainsKey(key)) return false;
        Own();
        _byPartition.Remove(key, out var old);
        Hash -= HashOf(key, old);
        return true;
    }

    /// <summary>All of them, as they are now, whatever changes later; to be enumerated on whatever thread. The next change pays with a copy.</summary>
    public IEnumerable<(uint Topic, uint Partition, CommittedOffset Committed)> Capture()
    {
        _isCaptured = true;
        return Ordered(_byPartition);
    }

    /// <summary>Removes those for which it holds.</summary>
    public bool RemoveWhere(Func<uint, CommittedOffset, bool> isOver)
    {
        List<ulong>? over = null;
        foreach (var (key, committed) in _byPartition)
            if (isOver((uint)(key >> 32), committed))
                (over ??= []).Add(key);
        foreach (var key in over ?? []) Remove((uint)(key >> 32), (uint)key); // a sum loses them alike in any order
        return over is not null;
    }

    /// <summary>The least of what they come to; <see cref="long.MaxValue"/> if there are none.</summary>
    public long Least(Func<uint, CommittedOffset, long> valueOf)
    {
        var least = long.MaxValue;
        foreach (var (key, committed) in _byPartition) least = Math.Min(least, valueOf((uint)(key >> 32), committed));
        return least;
    }

    private void Own()
    {
        if (!_isCaptured) return;
        _byPartition = new Dictionary<ulong, CommittedOffset>(_byPartition);
        _isCaptured = false;
    }

    private static IEnumerable<(uint Topic, uint Partition, CommittedOffset Committed)> Ordered(Dictionary<ulong, CommittedOffset> offsets) =>
        offsets.OrderBy(pair => pair.Key).Select(pair => ((uint)(pair.Key >> 32), (uint)pair.Key, pair.Value));

    private static ulong KeyOf(uint topic, uint partition) => (ulong)topic << 32 | partition;

    private static ulong HashOf(ulong key, in CommittedOffset committed)
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of(key), committed.Offset), committed.LeaderEpoch);
        return StateHasher.Mix(StateHasher.Mix(hash, committed.CommittedMs), committed.Metadata);
    }
}
