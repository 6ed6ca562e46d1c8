namespace DisklessKafka.Agent.Write;

/// <summary>
/// Idempotent producers that lost a batch with the segment it was in, for want of an upload or of a session. What they had sent behind it must not be committed:
/// the cluster takes a producer that it does not know at any sequence, so the next batch would pass for the first one, and
/// the lost one, sent again, would be refused for ever. What they send once they have been told is in order again.
/// Bounded by the batches of the segments that are on their way.
/// </summary>
internal sealed class LostBatches
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(PartitionKey Partition, long Producer, short Epoch), Mark> _until = [];

    /// <summary>A segment is lost with all its batches.</summary>
    /// <param name="mark">Up to where batches have come in by now.</param>
    public void Add(SealedSegment lost, Mark mark)
    {
        lock (_gate)
        {
            foreach (var batch in lost.Batches)
                if (batch.Header.HasProducerId)
                    _until[KeyOf(batch)] = mark;
        }
    }

    /// <summary>Whether a batch in the segment had been sent behind one that is lost. Segments are asked about in the order of their seals.</summary>
    public bool ArePassedBy(SealedSegment segment)
    {
        lock (_gate)
        {
            if (_until.Count == 0) return false;
            foreach (var (key, mark) in _until)
                if (mark.Segment < segment.Number)
                    _until.Remove(key); // allowed while enumerating
            foreach (var batch in segment.Batches)
                if (batch.Header.HasProducerId && _until.TryGetValue(KeyOf(batch), out var mark)
                    && (segment.Number < mark.Segment || batch.BufferPosition < mark.Position))
                    return true;
            return false;
        }
    }

    private static (PartitionKey, long, short) KeyOf(in BufferedBatch batch) => (batch.Partition, batch.Header.ProducerId, batch.Header.ProducerEpoch);

    /// <summary>A moment in the row of batches that come in.</summary>
    /// <param name="Segment">The number of the segment that was open.</param>
    /// <param name="Position">Bytes that it held.</param>
    internal readonly record struct Mark(long Segment, long Position);
}
