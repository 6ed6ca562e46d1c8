using System.Diagnostics;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Where the records are: gives batches their offsets and partitions their extents. The hot concern.</summary>
internal sealed class ExtentTable(TopicTable topics, SegmentTable segments, ProducerTable producers, TransactionTable transactions)
{
    private readonly List<Partition> _dirty = [];
    private ulong _hash;

    public ulong Hash => _hash;

    public long Count { get; private set; }

    /// <summary>Partitions that this entry changed, each once, in the order of their first change.</summary>
    public ReadOnlySpan<Partition> Dirty => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_dirty);

    public void ClearDirty() => _dirty.Clear();

    /// <param name="outcomes">Null where nobody waits for them: replaying what other agents wrote makes no garbage for it.</param>
    public CommitStatus Commit(CommitSegment command, Session session, long timeMs, BatchOutcome[]? outcomes)
    {
        if (!IsWellFormed(command)) return CommitStatus.Malformed;
        var sequence = (long)command.Sequence;
        if (sequence <= session.LastSegment) return CommitStatus.OutOfOrderSegment;
        session.LastSegment = sequence;
        var commit = new SegmentCommit(this, command, session.Ordinal, timeMs, outcomes);
        var batch = 0;
        foreach (ref readonly var piece in command.Pieces.AsSpan())
        {
            commit.Begin(topics.Find(piece.Topic, piece.Partition), piece.Gap);
            for (var end = batch + (int)piece.Batches; batch < end; batch++) commit.Add(command.Batches[batch], batch);
            commit.EndRun();
        }

        segments.Add(session, sequence, (int)command.SizeBytes, commit.Extents, timeMs);
        return CommitStatus.Committed;
    }

    /// <summary>Puts the marker behind what is there.</summary>
    /// <param name="firstOffset">Of the transaction that it ends; -1 if that wrote nothing here.</param>
    public void AppendMarker(Partition partition, in Marker marker, long firstOffset)
    {
        Debug.Assert(marker.Offset == partition.NextOffset, "it takes the next offset");
        partition.NextOffset++;
        partition.Markers = partition.Markers.Append(marker);
        if (!marker.IsCommit && firstOffset >= 0)
            partition.Markers = partition.Markers.Append(new AbortedTransaction(marker.ProducerId, firstOffset, marker.Offset, partition.FirstOpenOffset));
        MarkDirty(partition);
    }

    public DeleteRecordsResult DeleteRecords(in DeleteRecords.Target target, long timeMs)
    {
        if (topics.Find(target.Topic, target.Partition) is not { } partition) return new(DeleteRecordsStatus.UnknownPartition, -1);
        var before = target.Before == -1 ? partition.NextOffset : target.Before;
        if (before < 0 || before > partition.NextOffset) return new(DeleteRecordsStatus.OffsetOutOfRange, partition.LogStartOffset);
        if (before > partition.LogStartOffset)
        {
            TrimHead(partition, before, timeMs);
            MarkDirty(partition);
        }

        return new(DeleteRecordsStatus.Deleted, partition.LogStartOffset);
    }

    /// <summary>The partition's topic is deleted: all it had is let go of.</summary>
    public void Remove(Partition partition, long timeMs)
    {
        producers.RemoveAll(partition);
        ReleaseHead(partition, partition.Extents.Count, timeMs);
        partition.Markers = default;
        partition.LogStartOffset = partition.NextOffset;
        _hash -= HashOf(partition.Seed, partition.View); // nothing of this entry is published: the view still has what was summed
        // Changes that the same entry made before are undone too; the partition must not be published into the hash again.
        if (partition.IsDirty) _dirty.Remove(partition);
        partition.IsDirty = false;
    }

    /// <summary>Makes visible what the entry changed.</summary>
    public void Publish(long version)
    {
        foreach (var partition in _dirty)
        {
            _hash -= HashOf(partition.Seed, partition.View);
            partition.Publish(version);
            _hash += HashOf(partition.Seed, partition.View);
        }
    }

    /// <summary>The next extent of a partition that is read from a snapshot, which also sets its offsets.</summary>
    public void Restore(Partition partition, in Extent extent) => Append(partition, extent);

    /// <summary>Marks every partition that has ever been written to, so that the first publication takes them in.</summary>
    public void EndRestore(TopicTable topics)
    {
        foreach (var topic in topics.All)
            foreach (var partition in topic.Partitions)
                if (partition.NextOffset > 0)
                    MarkDirty(partition);
    }

    /// <summary>An agent with a bug in it must not be able to break all others: what cannot be is refused, here and everywhere alike.</summary>
    private static bool IsWellFormed(CommitSegment command)
    {
        long batches = 0, bytes = 0;
        foreach (ref readonly var piece in command.Pieces.AsSpan())
        {
            batches += piece.Batches;
            bytes += piece.Gap;
        }

        if (batches != command.Batches.Length || command.Sequence > long.MaxValue || command.SizeBytes > int.MaxValue) return false;
        foreach (ref readonly var batch in command.Batches.AsSpan())
        {
            if (batch.Bytes is 0 or > int.MaxValue || batch.Offsets is 0 or > int.MaxValue || batch.Producer > long.MaxValue) return false;
            if (batch.Epoch > short.MaxValue || batch.Sequence > int.MaxValue || !IsWellFormed(batch.Flags, batch.Producer)) return false;
            bytes += batch.Bytes;
        }

        return bytes <= command.SizeBytes;
    }

    private static bool IsWellFormed(uint flags, ulong producer) => flags switch
    {
        0 => true,
        CommitBuilder.Transactional or CommitBuilder.Transactional | CommitBuilder.JoinsTransaction => producer != 0,
        _ => false,
    };

    private static ulong HashOf(ulong seed, PartitionView view)
    {
        if (view.HighWatermark == 0) return 0; // a partition that nobody wrote to adds nothing, so that creating one need not touch the hash
        var hash = StateHasher.Fold(StateHasher.Fold(StateHasher.Fold(seed, view.LogStartOffset), view.HighWatermark), view.SizeBytes);
        return StateHasher.Of(StateHasher.Fold(StateHasher.Fold(hash, view.LastStableOffset), (long)view.Markers.Hash));
    }

    private void Append(Partition partition, in Extent extent)
    {
        partition.Extents = partition.Extents.Append(extent);
        partition.SizeBytes += extent.Length;
        _hash += StateHasher.Of(partition.Seed, extent);
        Count++;
        MarkDirty(partition);
    }

    private void MarkDirty(Partition partition)
    {
        if (partition.IsDirty) return;
        partition.IsDirty = true;
        _dirty.Add(partition);
    }

    /// <summary>Extents that lie wholly before the offset go; one that holds it stays as it is, and readers skip.</summary>
    private void TrimHead(Partition partition, long logStartOffset, long timeMs)
    {
        partition.LogStartOffset = logStartOffset;
        partition.Markers = partition.Markers.TrimHead(logStartOffset);
        ReleaseHead(partition, partition.Extents.IndexOf(logStartOffset), timeMs);
    }

    private void ReleaseHead(Partition partition, int count, long timeMs)
    {
        for (var i = 0; i < count; i++)
        {
            ref readonly var extent = ref partition.Extents[i];
            _hash -= StateHasher.Of(partition.Seed, extent);
            partition.SizeBytes -= extent.Length;
            segments.Release(extent.Segment, timeMs);
        }

        Count -= count;
        partition.Extents = partition.Extents.TrimHead(count);
    }

    /// <summary>One walk over a segment's batches. A run is what will be one extent: batches that were taken, side by side.</summary>
    private ref struct SegmentCommit(ExtentTable table, CommitSegment command, int session, long timeMs, BatchOutcome[]? outcomes)
    {
        private Partition? _partition;
        private int _position; // of the next batch in the segment
        private int _runBytes;
        private int _runOffsets;
        private long _runMaxTimestampMs;

        public int Extents { get; private set; }

        public void Begin(Partition? partition, uint gap)
        {
            _partition = partition;
            _position += (int)gap;
        }

        public void Add(in CommitSegment.Batch batch, int index)
        {
            var (status, baseOffset) = Place(batch);
            if (status == BatchStatus.Appended)
            {
                var timestampMs = command.BaseTimestampMs + batch.Time;
                _runMaxTimestampMs = _runBytes == 0 ? timestampMs : Math.Max(_runMaxTimestampMs, timestampMs);
                _runBytes += (int)batch.Bytes;
                _runOffsets += (int)batch.Offsets;
            }
            else
            {
                EndRun(); // the bytes of a refused batch lie between two extents and belong to none
            }

            _position += (int)batch.Bytes;
            if (outcomes is not null) outcomes[index] = new BatchOutcome(status, baseOffset, _partition?.LogStartOffset ?? -1);
        }

        public void EndRun()
        {
            if (_runBytes == 0) return;
            var partition = _partition!;
            table.Append(partition, new Extent(
                partition.NextOffset - _runOffsets, _runMaxTimestampMs, (long)command.Sequence, session, _runOffsets, _position - _runBytes, _runBytes));
            Extents++;
            _runBytes = 0;
            _runOffsets = 0;
        }

        private readonly (BatchStatus Status, long BaseOffset) Place(in CommitSegment.Batch batch)
        {
            if (_partition is not { } partition) return (BatchStatus.UnknownPartition, -1);
            var baseOffset = partition.NextOffset;
            if (batch.Producer != 0)
            {
                var produced = new ProducedBatch(
                    (long)batch.Producer - 1, (short)batch.Epoch, (int)batch.Sequence, (int)batch.Offsets, command.BaseTimestampMs + batch.Time,
                    (batch.Flags & CommitBuilder.Transactional) != 0, (batch.Flags & CommitBuilder.JoinsTransaction) != 0);
                var status = table.Append(partition, produced, timeMs, ref baseOffset);
                if (status != BatchStatus.Appended) return (status, status == BatchStatus.Duplicate ? baseOffset : -1);
            }

            partition.NextOffset += batch.Offsets;
            return (BatchStatus.Appended, baseOffset);
        }
    }

    private BatchStatus Append(Partition partition, in ProducedBatch batch, long timeMs, ref long baseOffset)
    {
        var status = producers.Append(partition, batch, transactions.Admit(partition, batch), timeMs, ref baseOffset);
        if (status == BatchStatus.Appended && batch.JoinsTransaction) transactions.Join(partition, batch.ProducerId, timeMs);
        return status;
    }
}
