namespace DisklessKafka.Metadata.State;

/// <summary>
/// Idempotent producers: which of their batches each partition has, so that a retry moves nothing and a gap is seen.
/// Entries stand in one list by their last activity: the overdue ones are at its head, and so is what has to go when
/// there are more than <see cref="MaxEntries"/>. An entry that went is a producer never heard of, whose next batch is
/// taken at any sequence, as Kafka does.
/// </summary>
internal sealed class ProducerTable
{
    /// <summary>Producers times partitions: about 200 MB. Kafka has no bound but time.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>One more would be the last a short can hold; Kafka gives out a new id instead.</summary>
    private const short LastEpoch = short.MaxValue - 1;

    private readonly int _maxEntries;
    private ProducerEntry? _oldest;
    private ProducerEntry? _newest;
    private ulong _hash;

    public ProducerTable(int maxEntries = MaxEntries) => _maxEntries = maxEntries;

    public long NextProducerId { get; private set; }

    public int Count { get; private set; }

    public ulong Hash => StateHasher.Mix(_hash, NextProducerId);

    /// <summary>In order of activity, the longest silent first.</summary>
    public IEnumerable<ProducerEntry> All
    {
        get
        {
            for (var entry = _oldest; entry is not null; entry = entry.Newer) yield return entry;
        }
    }

    public AllocateProducerIdsOutcome Allocate(uint count, long nowMs)
    {
        var block = (int)Math.Clamp(count, 1, 100_000);
        return new(Take(block, nowMs), block);
    }

    /// <summary>A producer id that nobody had before.</summary>
    public long NextId(long nowMs) => Take(1, nowMs);

    public InitProducerIdOutcome Init(long producerId, short epoch, long nowMs)
    {
        var isKnown = producerId >= 0 && producerId < NextProducerId;
        if (isKnown && epoch is >= 0 and < LastEpoch) return new(producerId, (short)(epoch + 1));
        return new(NextId(nowMs), 0);
    }

    /// <summary>
    /// Ids are no lower than the log's time in milliseconds: a log that lost its newest entries does not give out once more
    /// what it has forgotten. Two producers of one id would pass for each other, and their batches for repetitions.
    /// </summary>
    private long Take(int count, long nowMs)
    {
        var first = Math.Max(NextProducerId, nowMs);
        NextProducerId = first + count;
        return first;
    }

    /// <summary>Kafka's checks of one batch: a repeated one, its epoch, its transaction, its sequence. Appends it if they pass.</summary>
    /// <param name="admission">Whether transactions let it in.</param>
    /// <param name="baseOffset">The offset that the batch gets if it is new; on return, the one it has if it is a duplicate.</param>
    public BatchStatus Append(Partition partition, in ProducedBatch batch, BatchStatus admission, long timeMs, ref long baseOffset)
    {
        ProducerEntry? entry = null;
        partition.Producers?.TryGetValue(batch.ProducerId, out entry);
        var lastSequence = Advance(batch.Sequence, batch.Offsets - 1);
        var status = entry is not null ? Check(entry, batch, lastSequence, admission, ref baseOffset) : CheckFirst(batch, admission);
        if (status != BatchStatus.Appended) return status;
        if (entry is not null)
        {
            _hash -= entry.Hash;
            MoveToNewest(entry);
        }
        else
        {
            entry = new ProducerEntry(batch.ProducerId, partition);
            Add(entry);
        }

        if (batch.IsTransactional && !entry.IsInTransaction) (partition.OpenTransactions ??= []).Add(baseOffset);
        entry.Append(batch.Epoch, new ProducerBatch(batch.Sequence, lastSequence, baseOffset), batch.IsTransactional, batch.TimestampMs, timeMs);
        _hash += entry.Hash;
        return BatchStatus.Appended;
    }

    /// <summary>The producer's transaction ends in that partition, with a marker of that epoch.</summary>
    /// <returns>The transaction's first offset; -1 if it has nothing there.</returns>
    public long EndTransaction(Partition partition, long producerId, short epoch, long timeMs)
    {
        if (partition.Producers is null || !partition.Producers.TryGetValue(producerId, out var entry)) return -1;
        var firstOffset = entry.TransactionOffset;
        if (entry.IsInTransaction) partition.OpenTransactions!.Remove(firstOffset);
        _hash -= entry.Hash;
        MoveToNewest(entry);
        entry.EndTransaction(epoch, timeMs);
        _hash += entry.Hash;
        return firstOffset;
    }

    /// <summary>Lets go of entries whose last batch is older than <paramref name="expirationMs"/>, and of the longest silent where there are too many.</summary>
    public void Expire(long timeMs, long expirationMs)
    {
        while (_oldest is { } entry && (Count > _maxEntries || entry.LastActiveMs + expirationMs < timeMs))
        {
            if (!entry.IsInTransaction) Remove(entry);
            else if (entry.LastActiveMs == timeMs) return; // all there are were active just now, or are kept as this one is
            else Keep(entry, timeMs);
        }
    }

    public void RemoveAll(Partition partition)
    {
        if (partition.Producers is not { } producers) return;
        foreach (var entry in producers.Values.ToArray()) Remove(entry); // a sum and a list lose them alike in any order
        partition.OpenTransactions = null;
    }

    /// <summary>Entries must come in order of activity.</summary>
    public void Restore(ProducerEntry entry)
    {
        Add(entry);
        if (entry.IsInTransaction) (entry.Partition.OpenTransactions ??= []).Add(entry.TransactionOffset);
        _hash += entry.Hash;
    }

    public void RestoreNextProducerId(long next) => NextProducerId = next;

    /// <summary>The sequence that many records later: after 2^31-1 comes 0.</summary>
    public static int Advance(int sequence, int by) => (int)((sequence + (long)by) & int.MaxValue);

    private static BatchStatus Check(ProducerEntry entry, in ProducedBatch batch, int lastSequence, BatchStatus admission, ref long baseOffset)
    {
        if (batch.Epoch < entry.Epoch || admission == BatchStatus.StaleProducerEpoch) return BatchStatus.StaleProducerEpoch;
        if (batch.Epoch == entry.Epoch && FindRepeated(entry, batch.Sequence, lastSequence, ref baseOffset)) return BatchStatus.Duplicate;
        if (admission != BatchStatus.Appended) return admission;
        if (entry.IsInTransaction && !batch.IsTransactional) return BatchStatus.OutsideTransaction;
        var expected = batch.Epoch == entry.Epoch ? Advance(entry.LastSequence, 1) : 0;
        return batch.Sequence == expected ? BatchStatus.Appended : BatchStatus.OutOfOrderSequence;
    }

    /// <summary>Of a producer that is not known here. One whose every transaction has an epoch of its own must begin at 0.</summary>
    private static BatchStatus CheckFirst(in ProducedBatch batch, BatchStatus admission) =>
        admission == BatchStatus.Appended && batch.JoinsTransaction && batch.Sequence != 0 ? BatchStatus.OutOfOrderSequence : admission;

    private static bool FindRepeated(ProducerEntry entry, int sequence, int lastSequence, ref long baseOffset)
    {
        foreach (var batch in entry.Batches)
        {
            if (batch.FirstSequence != sequence || batch.LastSequence != lastSequence) continue;
            baseOffset = batch.BaseOffset;
            return true;
        }

        return false;
    }

    private void Keep(ProducerEntry entry, long timeMs)
    {
        _hash -= entry.Hash;
        MoveToNewest(entry);
        entry.StayActive(timeMs);
        _hash += entry.Hash;
    }

    private void Add(ProducerEntry entry)
    {
        (entry.Partition.Producers ??= []).Add(entry.ProducerId, entry);
        Count++;
        LinkAsNewest(entry);
    }

    private void Remove(ProducerEntry entry)
    {
        _hash -= entry.Hash;
        Count--;
        Unlink(entry);
        var producers = entry.Partition.Producers!;
        producers.Remove(entry.ProducerId);
        if (producers.Count == 0) entry.Partition.Producers = null;
    }

    private void MoveToNewest(ProducerEntry entry)
    {
        if (entry == _newest) return;
        Unlink(entry);
        LinkAsNewest(entry);
    }

    private void LinkAsNewest(ProducerEntry entry)
    {
        (entry.Older, entry.Newer) = (_newest, null);
        if (_newest is null) _oldest = entry;
        else _newest.Newer = entry;
        _newest = entry;
    }

    private void Unlink(ProducerEntry entry)
    {
        if (entry.Older is null) _oldest = entry.Newer;
        else entry.Older.Newer = entry.Newer;
        if (entry.Newer is null) _newest = entry.Older;
        else entry.Newer.Older = entry.Older;
    }
}
