using System.Runtime.CompilerServices;

namespace DisklessKafka.Metadata.State;

/// <summary>The sequences and the place of a batch that a producer wrote. Sequences wrap from 2^31-1 to 0.</summary>
public readonly record struct ProducerBatch(int FirstSequence, int LastSequence, long BaseOffset);

/// <summary>What a commit says of one batch of a producer.</summary>
/// <param name="Offsets">How many.</param>
/// <param name="TimestampMs">The greatest of its records.</param>
/// <param name="JoinsTransaction">The partition becomes part of the producer's transaction with this batch, without having been announced (transaction version 2).</param>
internal readonly record struct ProducedBatch(
    long ProducerId, short Epoch, int Sequence, int Offsets, long TimestampMs, bool IsTransactional, bool JoinsTransaction);

/// <summary>What is known of one producer in one partition. About 200 bytes with its place in the partition's dictionary.</summary>
internal sealed class ProducerEntry(long producerId, Partition partition)
{
    /// <summary>Kafka's number: clients have at most five requests in flight.</summary>
    public const int BatchesKept = 5;

    private const int Unrepeatable = -1; // no batch begins with it

    private LastBatches _batches; // oldest first

    [InlineArray(BatchesKept)]
    private struct LastBatches
    {
        private ProducerBatch _first;
    }

    public long ProducerId { get; } = producerId;

    public Partition Partition { get; } = partition;

    public short Epoch { get; private set; }

    public byte BatchCount { get; private set; }

    /// <summary>The greatest timestamp of its last batch, as its maker set it.</summary>
    public long LastTimestampMs { get; private set; }

    /// <summary>Log time of its last batch: what expiry goes by.</summary>
    public long LastActiveMs { get; private set; }

    /// <summary>The first offset of its open transaction; -1 while it has none here.</summary>
    public long TransactionOffset { get; private set; } = -1;

    public bool IsInTransaction => TransactionOffset >= 0;

    /// <summary>A transaction of its has ended here.</summary>
    public bool HasMarker { get; private set; }

    // The list of all producers in order of activity.
    public ProducerEntry? Older { get; set; }
    public ProducerEntry? Newer { get; set; }

    /// <summary>Its part in the state's hash, remembered to be taken out again.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<ProducerBatch> Batches => ((ReadOnlySpan<ProducerBatch>)_batches)[..BatchCount];

    /// <summary>-1 before the first.</summary>
    public int LastSequence => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastSequence;

    public void Append(short epoch, ProducerBatch batch, bool isTransactional, long timestampMs, long timeMs)
    {
        SetEpoch(epoch);
        Span<ProducerBatch> batches = _batches;
        if (BatchCount == BatchesKept) batches[1..].CopyTo(batches);
        else BatchCount++;
        batches[BatchCount - 1] = batch;
        if (isTransactional && !IsInTransaction) TransactionOffset = batch.BaseOffset;
        LastTimestampMs = timestampMs;
        LastActiveMs = timeMs;
        Hash = ComputeHash();
    }

    /// <summary>
    /// Its transaction has ended, with a marker of that epoch. What it wrote by then cannot come again: a client ends a transaction when
    /// it knows what became of all it sent. One that loses count and gives another batch the same sequence is told so, where it would
    /// be told that the batch is there already.
    /// </summary>
    public void EndTransaction(short epoch, long timeMs)
    {
        SetEpoch(epoch);
        if (BatchCount > 0) (_batches[0], BatchCount) = (_batches[BatchCount - 1] with { FirstSequence = Unrepeatable }, 1);
        TransactionOffset = -1;
        HasMarker = true;
        LastTimestampMs = timeMs;
        LastActiveMs = timeMs;
        Hash = ComputeHash();
    }

    /// <summary>Its transaction is still open: it is not forgotten, however long it is silent.</summary>
    public void StayActive(long timeMs)
    {
        LastActiveMs = timeMs;
        Hash = ComputeHash();
    }

    public void Restore(short epoch, ReadOnlySpan<ProducerBatch> batches, long lastTimestampMs, long lastActiveMs, long transactionOffset, bool hasMarker)
    {
        TransactionOffset = transactionOffset;
        HasMarker = hasMarker;
        Epoch = epoch;
        batches.CopyTo(_batches);
        BatchCount = (byte)batches.Length;
        LastTimestampMs = lastTimestampMs;
        LastActiveMs = lastActiveMs;
        Hash = ComputeHash();
    }

    private void SetEpoch(short epoch)
    {
        if (epoch != Epoch) BatchCount = 0; // sequences begin anew with the epoch: old ones can no longer be repeated
        Epoch = epoch;
    }

    private ulong ComputeHash()
    {
        var hash = StateHasher.Fold(StateHasher.Fold(Partition.Seed, ProducerId), (ushort)Epoch);
        hash = StateHasher.Fold(StateHasher.Fold(hash, TransactionOffset), HasMarker ? 1 : 0);
        hash = StateHasher.Fold(StateHasher.Fold(hash, LastActiveMs), LastTimestampMs);
        foreach (var batch in Batches)
            hash = StateHasher.Fold(StateHasher.Fold(hash, (long)batch.FirstSequence << 32 | (uint)batch.LastSequence), batch.BaseOffset);
        return StateHasher.Of(hash);
    }
}
