using DisklessKafka.Metadata.State.Groups.Offsets;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>The offsets that an open transaction is going to commit for one group, by topic ordinal and partition.</summary>
internal sealed class PendingGroup
{
    private readonly SortedDictionary<ulong, CommittedOffset> _byPartition = [];

    public int Count => _byPartition.Count;

    public ulong Hash { get; private set; }

    /// <summary>In order of topic and partition.</summary>
    public IEnumerable<(uint Topic, uint Partition, CommittedOffset Committed)> All =>
        _byPartition.Select(pair => ((uint)(pair.Key >> 32), (uint)pair.Key, pair.Value));

    public bool Contains(uint topic, uint partition) => _byPartition.ContainsKey((ulong)topic << 32 | partition);

    public void Set(uint topic, uint partition, in CommittedOffset offset)
    {
        var key = (ulong)topic << 32 | partition;
        if (_byPartition.TryGetValue(key, out var old)) Hash -= HashOf(key, old);
        _byPartition[key] = offset;
        Hash += HashOf(key, offset);
    }

    private static ulong HashOf(ulong key, in CommittedOffset offset)
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of(key), offset.Offset), offset.LeaderEpoch);
        return StateHasher.Mix(StateHasher.Mix(hash, offset.CommittedMs), offset.Metadata);
    }
}
