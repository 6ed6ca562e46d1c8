using System.Runtime.CompilerServices;

namespace DisklessKafka.Metadata.State;

/// <summary>The sequences and the place of a batch that a producer wrote. Sequences wrap from 2^31-1 to 0.</summary>
public readonly record struct ProducerBatch(int FirstSequence, int LastSequence, long BaseOffset);

/// <summary>What is known of one producer in one partition. About 200 bytes with its place in the partition's dictionary.</summary>
internal sealed class ProducerEntry(long producerId, Partition partition)
{
    /// <summary>Kafka's number: clients have at most five requests in flight.</summary>
    public const int BatchesKept = 5;

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

    // The list of all producers in order of activity.
    public ProducerEntry? Older { get; set; }
    public ProducerEntry? Newer { get; set; }

    /// <summary>Its part in the state's hash, remembered to be taken out again.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<ProducerBatch> Batches => ((ReadOnlySpan<ProducerBatch>)_batches)[..BatchCount];

    /// <summary>-1 before the first.</summary>
    public int LastSequence => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastSequence;

    public void Append(short epoch, ProducerBatch batch, long timestampMs, long timeMs)
    {
        if (epoch != Epoch) BatchCount = 0; // sequences begin anew with the epoch: old ones can no longer be repeated
        Epoch = epoch;
        Span<ProducerBatch> batches = _batches;
        if (BatchCount == BatchesKept) batches[1..].CopyTo(batches);
        else BatchCount++;
        batches[BatchCount - 1] = batch;
        LastTimestampMs = timestampMs;
        LastActiveMs = timeMs;
        Hash = ComputeHash();
    }

    public void Restore(short epoch, ReadOnlySpan<ProducerBatch> batches, long lastTimestampMs, long lastActiveMs)
    {
        Epoch = epoch;
        batches.CopyTo(_batches);
        BatchCount = (byte)batches.Length;
        LastTimestampMs = lastTimestampMs;
        LastActiveMs = lastActiveMs;
        Hash = ComputeHash();
    }

    private ulong ComputeHash()
    {
        var hash = StateHasher.Fold(StateHasher.Fold(Partition.Seed, ProducerId), (ushort)Epoch);
        hash = StateHasher.Fold(StateHasher.Fold(hash, LastActiveMs), LastTimestampMs);
        foreach (var batch in Batches)
            hash = StateHasher.Fold(StateHasher.Fold(hash, (long)batch.FirstSequence << 32 | (uint)batch.LastSequence), batch.BaseOffset);
        return StateHasher.Of(hash);
    }
}
