namespace DisklessKafka.Metadata.State.Groups.Offsets;

/// <summary>
/// What one group has committed, on the apply turn. By its layout 52 bytes a partition where clients' metadata is empty, up to
/// twice that right after the table has grown. Bounded by the partitions there are: those of a deleted topic go with it.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<ulong, CommittedOffset> _byPartition = []; // by topic ordinal and partition, which no two share

    public int Count => _byPartition.Count;

    /// <summary>Of its entries, in whatever order they came.</summary>
    public ulong Hash { get; private set; }

    /// <summary>In order of topic and partition.</summary>
    public IEnumerable<(uint Topic, uint Partition, CommittedOffset Committed)> All =>
        _byPartition.OrderBy(pair => pair.Key).Select(pair => ((uint)(pair.Key >> 32), (uint)pair.Key, pair.Value));

    public bool TryFind(uint topic, uint partition, out CommittedOffset committed) => _byPartition.TryGetValue(KeyOf(topic, partition), out committed);

    public void Set(uint topic, uint partition, in CommittedOffset committed)
    {
        var key = KeyOf(topic, partition);
        if (_byPartition.TryGetValue(key, out var old)) Hash -= HashOf(key, old);
        _byPartition[key] = committed with { Metadata = committed.Metadata.Length == 0 ? "" : committed.Metadata };
        Hash += HashOf(key, committed);
    }

    public bool Remove(uint topic, uint partition)
    {
        var key = KeyOf(topic, partition);
        if (!_byPartition.Remove(key, out var old)) return false;
        Hash -= HashOf(key, old);
        return true;
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

    /// <summary>The log time of the oldest commit; <see cref="long.MaxValue"/> if there is none.</summary>
    public long OldestCommitMs
    {
        get
        {
            var oldest = long.MaxValue;
            foreach (var (_, committed) in _byPartition) oldest = Math.Min(oldest, committed.CommittedMs);
            return oldest;
        }
    }

    private static ulong KeyOf(uint topic, uint partition) => (ulong)topic << 32 | partition;

    private static ulong HashOf(ulong key, in CommittedOffset committed)
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of(key), committed.Offset), committed.LeaderEpoch);
        return StateHasher.Mix(StateHasher.Mix(hash, committed.CommittedMs), committed.Metadata);
    }
}
