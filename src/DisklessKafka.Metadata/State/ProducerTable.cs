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

    public AllocateProducerIdsOutcome Allocate(uint count)
    {
        var block = (int)Math.Clamp(count, 1, 100_000);
        var first = NextProducerId;
        NextProducerId += block;
        return new(first, block);
    }

    public InitProducerIdOutcome Init(long producerId, short epoch)
    {
        var isKnown = producerId >= 0 && producerId < NextProducerId;
        if (isKnown && epoch is >= 0 and < LastEpoch) return new(producerId, (short)(epoch + 1));
        return new(NextProducerId++, 0);
    }

    /// <summary>Kafka's checks of one batch, in its order: a repeated one, its epoch, its sequence. Appends it if they pass.</summary>
    /// <param name="baseOffset">The offset that the batch gets if it is new; on return, the one it has if it is a duplicate.</param>
    public BatchStatus Append(Partition partition, long producerId, short epoch, int sequence, int offsets, long timestampMs, long timeMs, ref long baseOffset)
    {
        var producers = partition.Producers ??= [];
        var lastSequence = Advance(sequence, offsets - 1);
        if (producers.TryGetValue(producerId, out var entry))
        {
            var status = Check(entry, epoch, sequence, lastSequence, ref baseOffset);
            if (status != BatchStatus.Appended) return status;
            _hash -= entry.Hash;
            MoveToNewest(entry);
        }
        else
        {
            entry = new ProducerEntry(producerId, partition);
            Add(entry);
        }

        entry.Append(epoch, new ProducerBatch(sequence, lastSequence, baseOffset), timestampMs, timeMs);
        _hash += entry.Hash;
        return BatchStatus.Appended;
    }

    /// <summary>Lets go of entries whose last batch is older than <paramref name="expirationMs"/>, and of the longest silent where there are too many.</summary>
    public void Expire(long timeMs, long expirationMs)
    {
        while (_oldest is { } entry && (Count > _maxEntries || entry.LastActiveMs + expirationMs < timeMs)) Remove(entry);
    }

    public void RemoveAll(Partition partition)
    {
        if (partition.Producers is not { } producers) return;
        foreach (var entry in producers.Values.ToArray()) Remove(entry); // a sum and a list lose them alike in any order
    }

    /// <summary>Entries must come in order of activity.</summary>
    public void Restore(ProducerEntry entry)
    {
        Add(entry);
        _hash += entry.Hash;
    }

    public void RestoreNextProducerId(long next) => NextProducerId = next;

    /// <summary>The sequence that many records later: after 2^31-1 comes 0.</summary>
    public static int Advance(int sequence, int by) => (int)((sequence + (long)by) & int.MaxValue);

    private static BatchStatus Check(ProducerEntry entry, short epoch, int sequence, int lastSequence, ref long baseOffset)
    {
        if (epoch < entry.Epoch) return BatchStatus.StaleProducerEpoch;
        if (epoch > entry.Epoch) return sequence == 0 ? BatchStatus.Appended : BatchStatus.OutOfOrderSequence;
        foreach (var batch in entry.Batches)
        {
            if (batch.FirstSequence != sequence || batch.LastSequence != lastSequence) continue;
            baseOffset = batch.BaseOffset;
            return BatchStatus.Duplicate;
        }

        return sequence == Advance(entry.LastSequence, 1) ? BatchStatus.Appended : BatchStatus.OutOfOrderSequence;
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
