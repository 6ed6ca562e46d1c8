namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>
/// Transactional ids: by id, and by the producer ids that they have. Every change goes through <see cref="Changed"/>, which
/// keeps hash, deadline and the order of the idle ones. A transaction is open here exactly as long as partitions count it open.
/// </summary>
internal sealed class TransactionTable
{
    /// <summary>Kafka's default for how long an unused transactional id is remembered: seven days.</summary>
    public const long DefaultExpirationMs = 7L * 24 * 3600 * 1000;

    /// <summary>At 588 bytes each, 294 MB. Kafka has no bound but time. Past it the longest unused ones are forgotten first.</summary>
    public const int MaxIds = 500_000;

    /// <summary>Of one transaction. A consumer is in one group, so real ones have one.</summary>
    public const int MaxGroups = 1_000;

    private readonly Deadlines _deadlines;
    private readonly int _maxIds;
    private readonly Dictionary<string, Transaction> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Transaction> _byProducer = [];
    private readonly Dictionary<string, List<Transaction>> _byGroup = new(StringComparer.Ordinal); // open ones that commit offsets
    private readonly SortedSet<Deadline> _idle = []; // what is not open, by its last use

    public TransactionTable(Deadlines deadlines, int maxIds = MaxIds) => (_deadlines, _maxIds) = (deadlines, maxIds);

    public ulong Hash { get; private set; }

    public int Count => _byId.Count;

    /// <summary>How long an unused transactional id is remembered.</summary>
    public long ExpirationMs { get; private set; } = DefaultExpirationMs;

    /// <summary>In order of their ids.</summary>
    public IEnumerable<Transaction> All => _byId.Values.OrderBy(transaction => transaction.Id, StringComparer.Ordinal);

    public IEnumerable<Transaction> Unordered => _byId.Values;

    public Transaction? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The one whose producer has that id now.</summary>
    public Transaction? FindByProducer(long producerId) => _byProducer.GetValueOrDefault(producerId);

    public void SetExpiration(long expirationMs)
    {
        if (expirationMs == ExpirationMs) return;
        ExpirationMs = expirationMs;
        foreach (var transaction in _byId.Values)
            if (!transaction.IsOngoing)
                SetDeadline(transaction);
    }

    /// <summary>A place for one more id: null if all there are have something open.</summary>
    public Transaction? Add(string id)
    {
        if (_byId.Count >= _maxIds)
        {
            if (_idle.Count == 0) return null;
            Remove(_byId[_idle.Min.Key]);
        }

        var transaction = new Transaction(id);
        _byId.Add(id, transaction);
        return transaction;
    }

    public void Remove(Transaction transaction)
    {
        Hash -= transaction.Hash;
        _byId.Remove(transaction.Id);
        _byProducer.Remove(transaction.ProducerId);
        _idle.Remove(IdleKeyOf(transaction));
        _deadlines.Clear(DeadlineKind.Transaction, transaction.Id);
    }

    /// <summary>The producer id and epoch that count from now on.</summary>
    public void SetProducer(Transaction transaction, long producerId, short epoch)
    {
        if (transaction.ProducerId != producerId)
        {
            if (transaction.ProducerId >= 0) _byProducer.Remove(transaction.ProducerId);
            _byProducer.Add(producerId, transaction);
        }

        (transaction.ProducerId, transaction.Epoch) = (producerId, epoch);
    }

    public PendingGroup AddGroup(Transaction transaction, string group)
    {
        if (transaction.FindGroup(group) is { } known) return known;
        if (!_byGroup.TryGetValue(group, out var open)) _byGroup.Add(group, open = []);
        open.Add(transaction);
        return transaction.AddGroup(group);
    }

    /// <summary>What it had open is dealt with.</summary>
    public void Clear(Transaction transaction)
    {
        foreach (var (group, _) in transaction.Groups) ForgetGroup(transaction, group);
        transaction.Clear();
    }

    /// <summary>The group is deleted: what was going to be committed for it goes too.</summary>
    public void ForgetGroup(string group, long nowMs)
    {
        if (!_byGroup.Remove(group, out var open)) return;
        foreach (var transaction in open)
        {
            transaction.RemoveGroup(group);
            Changed(transaction, nowMs);
        }
    }

    /// <summary>Whether an open transaction is going to commit an offset there.</summary>
    public bool HasPending(string group, uint topic, uint partition) =>
        _byGroup.TryGetValue(group, out var open) && open.Exists(transaction => transaction.FindGroup(group)!.Contains(topic, partition));

    /// <summary>Whether a batch of that producer may be taken, as far as transactions are concerned.</summary>
    public BatchStatus Admit(Partition partition, in ProducedBatch batch)
    {
        if (!_byProducer.TryGetValue(batch.ProducerId, out var transaction))
            return batch.IsTransactional ? BatchStatus.UnknownProducer : BatchStatus.Appended;
        if (batch.Epoch != transaction.Epoch) return BatchStatus.StaleProducerEpoch;
        if (!batch.IsTransactional || batch.JoinsTransaction) return BatchStatus.Appended;
        return transaction.IsOngoing && transaction.Contains((uint)partition.TopicOrdinal, (uint)partition.Index) ? BatchStatus.Appended : BatchStatus.NotInTransaction;
    }

    /// <summary>A batch was taken that makes its partition part of its producer's transaction.</summary>
    public void Join(Partition partition, long producerId, long nowMs)
    {
        var transaction = _byProducer[producerId];
        if (transaction.IsOngoing && transaction.Contains((uint)partition.TopicOrdinal, (uint)partition.Index)) return;
        transaction.Begin(nowMs);
        transaction.Add((uint)partition.TopicOrdinal, (uint)partition.Index);
        Changed(transaction, nowMs);
    }

    /// <summary>To be called after every change.</summary>
    public void Changed(Transaction transaction, long nowMs)
    {
        _idle.Remove(IdleKeyOf(transaction));
        transaction.UpdatedMs = nowMs;
        Put(transaction);
    }

    public void Restore(Transaction transaction)
    {
        _byId.Add(transaction.Id, transaction);
        _byProducer.Add(transaction.ProducerId, transaction);
        foreach (var (group, _) in transaction.Groups)
        {
            if (!_byGroup.TryGetValue(group, out var open)) _byGroup.Add(group, open = []);
            open.Add(transaction);
        }

        Put(transaction);
    }

    private void Put(Transaction transaction)
    {
        Hash -= transaction.Hash;
        transaction.UpdateHash();
        Hash += transaction.Hash;
        if (!transaction.IsOngoing) _idle.Add(IdleKeyOf(transaction));
        SetDeadline(transaction);
    }

    private void SetDeadline(Transaction transaction) => _deadlines.Set(
        DeadlineKind.Transaction,
        transaction.Id,
        transaction.IsOngoing ? transaction.StartMs + transaction.TimeoutMs : transaction.UpdatedMs + ExpirationMs);

    private void ForgetGroup(Transaction transaction, string group)
    {
        var open = _byGroup[group];
        open.Remove(transaction);
        if (open.Count == 0) _byGroup.Remove(group);
    }

    private static Deadline IdleKeyOf(Transaction transaction) => new(transaction.UpdatedMs, DeadlineKind.Transaction, transaction.Id);
}
