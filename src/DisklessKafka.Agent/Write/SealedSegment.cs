using DisklessKafka.Agent.Memory;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Write;

/// <summary>A segment that takes no more: its bytes in the order they are stored, its commit, and who waits for which batch.</summary>
internal sealed class SealedSegment(
    ISegmentSession session, long number, SegmentName name, SegmentBytes bytes, long batchBytes, CommitSegment commit, IReadOnlyList<BufferedBatch> batches, SealedSegment.Ticket[] tickets)
{
    private bool _isAnswered;

    /// <summary>Counts the pipeline's segments, whatever session they are of.</summary>
    public long Number => number;

    public SegmentName Name => name;

    public IReadOnlyList<BufferedBatch> Batches => batches;

    /// <summary>The whole object; whoever holds the segment holds one lease.</summary>
    public SegmentBytes Bytes => bytes;

    /// <summary>Bytes of the batches alone: what was taken from the room and goes back to it.</summary>
    public long BatchBytes => batchBytes;

    /// <summary>Hands the commit to the log before it returns its task.</summary>
    public Task<AppendResult<CommitOutcome>> CommitAsync() => session.CommitAsync(commit);

    /// <summary>Tells everyone what the state decided.</summary>
    public void Answer(CommitOutcome outcome, WriteWait wait)
    {
        _isAnswered = true;
        foreach (var ticket in tickets) ticket.Waiter.Complete(ticket.Slot, Translate(ticket.Batch.In(outcome)) with { Wait = wait });
    }

    /// <summary>Tells everyone the same, unless they know already.</summary>
    public void Fail(WriteStatus status)
    {
        if (_isAnswered) return;
        _isAnswered = true;
        foreach (var ticket in tickets) ticket.Waiter.Complete(ticket.Slot, WriteOutcome.Failed(status));
    }

    private static WriteOutcome Translate(BatchOutcome outcome) => new(
        outcome.Status switch
        {
            BatchStatus.Appended or BatchStatus.Duplicate => WriteStatus.Committed,
            BatchStatus.OutOfOrderSequence => WriteStatus.OutOfOrderSequence,
            BatchStatus.StaleProducerEpoch => WriteStatus.InvalidProducerEpoch,
            BatchStatus.NotInTransaction => WriteStatus.NotInTransaction,
            BatchStatus.OutsideTransaction => WriteStatus.OutsideTransaction,
            BatchStatus.UnknownProducer => WriteStatus.UnknownProducer,
            BatchStatus.UnknownPartition => WriteStatus.UnknownPartition,
            BatchStatus.NotCommitted => WriteStatus.NotStored,
        },
        outcome.BaseOffset,
        outcome.LogStartOffset);

    /// <summary>One batch's way from the commit's outcome back to its request.</summary>
    internal readonly record struct Ticket(BatchSlot Batch, IBatchWaiter Waiter, int Slot);
}
