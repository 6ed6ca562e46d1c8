using System.Runtime.InteropServices;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Where to find a batch's outcome: runs of batches without producer ids share one.</summary>
/// <param name="OffsetDelta">Of the batch's first record from its run's base offset.</param>
public readonly record struct BatchSlot(int Index, int OffsetDelta)
{
    /// <summary>This batch's own outcome.</summary>
    public BatchOutcome In(CommitOutcome outcome)
    {
        var run = outcome.Batches[Index];
        return run.Status == BatchStatus.Appended ? run with { BaseOffset = run.BaseOffset + OffsetDelta } : run;
    }
}

/// <summary>Writes down what a segment holds, for its commit. Pieces must come in the order in which they lie in the segment.</summary>
/// <param name="sequence">The segment's number in its session.</param>
public sealed class CommitBuilder(long sequence)
{
    /// <summary>A batch's flags: it is part of a transaction.</summary>
    internal const uint Transactional = 1;

    /// <summary>A batch's flags: its partition becomes part of the transaction with it, without having been announced.</summary>
    internal const uint JoinsTransaction = 2;

    private readonly List<CommitSegment.Piece> _pieces = [];
    private readonly List<CommitSegment.Batch> _batches = [];
    private long _baseTimestampMs;
    private int _position; // behind the last batch
    private bool _canRun;  // the last batch is a run that the next one may join

    /// <summary>The batches that follow lie one behind the other from that position on.</summary>
    /// <param name="topicOrdinal">The topic's number in the state.</param>
    /// <param name="position">In the segment, not before the end of the piece before.</param>
    public void BeginPiece(int topicOrdinal, int partition, int position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, _position);
        _pieces.Add(new CommitSegment.Piece { Topic = (uint)topicOrdinal, Partition = (uint)partition, Gap = (uint)(position - _position) });
        _position = position;
        _canRun = false;
    }

    /// <summary>A batch without a producer id.</summary>
    /// <param name="bytes">The whole batch, its 12 bytes of offset and length included.</param>
    /// <param name="offsets">Last offset delta + 1.</param>
    public BatchSlot Add(int bytes, int offsets, long maxTimestampMs)
    {
        if (_canRun && TryJoin(bytes, offsets, maxTimestampMs, out var slot)) return slot;
        _canRun = true;
        return Put(new CommitSegment.Batch { Bytes = (uint)bytes, Offsets = (uint)offsets, Time = Since(maxTimestampMs) });
    }

    /// <summary>An idempotent producer's batch.</summary>
    /// <inheritdoc cref="Add(int, int, long)"/>
    public BatchSlot Add(int bytes, int offsets, long maxTimestampMs, long producerId, short epoch, int baseSequence, bool isTransactional = false, bool joinsTransaction = false)
    {
        _canRun = false;
        return Put(new CommitSegment.Batch
        {
            Bytes = (uint)bytes,
            Offsets = (uint)offsets,
            Time = Since(maxTimestampMs),
            Producer = (ulong)producerId + 1,
            Epoch = (uint)epoch,
            Sequence = (uint)baseSequence,
            Flags = !isTransactional ? 0 : joinsTransaction ? Transactional | JoinsTransaction : Transactional,
        });
    }

    /// <param name="sizeBytes">Of the whole object.</param>
    public CommitSegment Build(int sizeBytes) => new()
    {
        Sequence = (ulong)sequence,
        SizeBytes = (uint)sizeBytes,
        BaseTimestampMs = _baseTimestampMs,
        Pieces = [.. _pieces],
        Batches = [.. _batches],
    };

    private BatchSlot Put(in CommitSegment.Batch batch)
    {
        _batches.Add(batch);
        CollectionsMarshal.AsSpan(_pieces)[^1].Batches++;
        _position += (int)batch.Bytes;
        return new BatchSlot(_batches.Count - 1, 0);
    }

    private bool TryJoin(int bytes, int offsets, long maxTimestampMs, out BatchSlot slot)
    {
        ref var run = ref CollectionsMarshal.AsSpan(_batches)[^1];
        slot = new BatchSlot(_batches.Count - 1, (int)run.Offsets);
        if ((long)run.Offsets + offsets > int.MaxValue) return false; // a run is at most one extent
        run.Bytes += (uint)bytes;
        run.Offsets += (uint)offsets;
        if (_baseTimestampMs + run.Time < maxTimestampMs) run.Time = Since(maxTimestampMs);
        _position += bytes;
        return true;
    }

    private long Since(long timestampMs)
    {
        if (_batches.Count == 0) _baseTimestampMs = timestampMs;
        return timestampMs - _baseTimestampMs; // wraps for absurd timestamps, and wraps back when it is read
    }
}
