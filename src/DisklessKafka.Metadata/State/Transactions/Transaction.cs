namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>What is known of one transactional id: who its producer is, and what that has open. On the apply turn only.</summary>
internal sealed class Transaction(string id)
{
    public const long NoProducer = -1;
    public const short NoEpoch = -1;

    /// <summary>The last that a producer may have: the one past it is for the marker that fences it.</summary>
    public const short LastEpochUsed = short.MaxValue - 1;

    private readonly SortedSet<ulong> _partitions = []; // topic ordinal and partition
    private readonly SortedDictionary<string, PendingGroup> _groups = new(StringComparer.Ordinal);
    private ulong _partitionsHash;

    public string Id { get; } = id;

    public long ProducerId { get; set; } = NoProducer;

    public short Epoch { get; set; } = NoEpoch;

    /// <summary>What its producer had before the last step, by which a repetition of that step is known; -1 for none.</summary>
    public long LastProducerId { get; set; } = NoProducer;

    public short LastEpoch { get; set; } = NoEpoch;

    public int TimeoutMs { get; set; }

    public TransactionState State { get; set; }

    /// <summary>Log time of the first thing in the open transaction; -1 while none is open.</summary>
    public long StartMs { get; set; } = -1;

    /// <summary>Log time of the last change: what expiry goes by.</summary>
    public long UpdatedMs { get; set; }

    public bool IsOngoing => State == TransactionState.Ongoing;

    /// <summary>No further producer can have the id: the next one gets another.</summary>
    public bool IsEpochExhausted => Epoch >= LastEpochUsed;

    /// <summary>Topic ordinal and partition of all that it has a part in, in order.</summary>
    public IEnumerable<(uint Topic, uint Partition)> Partitions => _partitions.Select(key => ((uint)(key >> 32), (uint)key));

    public int PartitionCount => _partitions.Count;

    /// <summary>Groups for which it commits offsets, in order of their ids.</summary>
    public IEnumerable<KeyValuePair<string, PendingGroup>> Groups => _groups;

    public int GroupCount => _groups.Count;

    /// <summary>Its part in the state's hash, remembered to be taken out again.</summary>
    public ulong Hash { get; private set; }

    public bool Contains(uint topic, uint partition) => _partitions.Contains((ulong)topic << 32 | partition);

    public void Add(uint topic, uint partition)
    {
        var key = (ulong)topic << 32 | partition;
        if (_partitions.Add(key)) _partitionsHash += StateHasher.Of(key);
    }

    /// <summary>Opens it, unless it is open. The caller adds what opened it.</summary>
    public void Begin(long nowMs)
    {
        if (IsOngoing) return;
        State = TransactionState.Ongoing;
        StartMs = nowMs;
        (LastProducerId, LastEpoch) = (NoProducer, NoEpoch); // a producer that goes on has seen the answer to its last step: nobody may repeat that any more
    }

    public PendingGroup? FindGroup(string group) => _groups.GetValueOrDefault(group);

    public PendingGroup AddGroup(string group)
    {
        if (!_groups.TryGetValue(group, out var pending)) _groups.Add(group, pending = new PendingGroup());
        return pending;
    }

    public bool RemoveGroup(string group) => _groups.Remove(group);

    /// <summary>All it had a part in is dealt with.</summary>
    public void Clear()
    {
        _partitions.Clear();
        _groups.Clear();
        _partitionsHash = 0;
        StartMs = -1;
    }

    public void UpdateHash()
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)State), Id), ProducerId);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Epoch), LastProducerId), LastEpoch);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, TimeoutMs), StartMs), UpdatedMs);
        hash = StateHasher.Mix(hash, _partitionsHash);
        foreach (var (group, pending) in _groups) hash = StateHasher.Mix(StateHasher.Mix(hash, group), pending.Hash);
        Hash = StateHasher.Of(hash);
    }
}
