using DisklessKafka.Metadata.Replication;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// Collects the outcomes of one produce request's batches. Slots are opened while the request is read, and may be
/// completed from then on; the reply is complete when it is sealed and every slot is.
/// </summary>
/// <param name="maxSlots">Partitions in the request.</param>
/// <param name="refused">Of the connection that the request came by.</param>
public sealed class ProduceReply(int maxSlots, RefusedBatches refused) : IBatchWaiter
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WriteOutcome[] _outcomes = new WriteOutcome[maxSlots];
    private readonly bool[] _isDone = new bool[maxSlots];
    private (RefusedBatches.Sender Sender, int Sequence)[]? _sent; // by slot; only where producers are idempotent
    private long _appendedAt;
    private int _opened;
    private int _pending = 1; // one for the seal

    /// <summary>A slot for one more batch; on the reading stack only.</summary>
    public int OpenSlot()
    {
        Interlocked.Increment(ref _pending);
        return _opened++;
    }

    /// <summary>The same for a batch of an idempotent producer. False if it stands behind one that is to be sent again: so is this one then.</summary>
    public bool TryOpenSlot(in RefusedBatches.Sender sender, int sequence, out int slot)
    {
        slot = -1;
        if (!refused.LetPass(sender, sequence)) return false;
        slot = OpenSlot();
        (_sent ??= new (RefusedBatches.Sender, int)[maxSlots])[slot] = (sender, sequence);
        return true;
    }

    public void Complete(int slot, WriteOutcome outcome)
    {
        if (outcome.Status == WriteStatus.NotStored && _sent is { } sent && sent[slot].Sender != default) refused.Add(sent[slot].Sender, sent[slot].Sequence);
        _outcomes[slot] = outcome;
        Volatile.Write(ref _isDone[slot], true);
        CountDown();
    }

    /// <summary>The slot's outcome so far: a batch that is still on its way counts as timed out.</summary>
    public WriteOutcome this[int slot] => Volatile.Read(ref _isDone[slot]) ? _outcomes[slot] : WriteOutcome.Failed(WriteStatus.TimedOut);

    /// <summary>Seals, then ends when all outcomes are there or the request's time is up; bytes already taken may still be committed after that.</summary>
    public Task WhenCommittedAsync(TimeSpan timeout, TimeProvider time)
    {
        _appendedAt = time.GetTimestamp();
        CountDown();
        return _completion.Task.IsCompleted ? Task.CompletedTask : WaitAsync(timeout, time);
    }

    /// <summary>What the request waited for by design, its slowest batch being what counts; null if nothing of it was committed.</summary>
    public TimeSpan? WaitByDesign(TimeProvider time)
    {
        TimeSpan? longest = null;
        for (var slot = 0; slot < _opened; slot++)
        {
            if (this[slot] is not { Status: WriteStatus.Committed } outcome) continue;
            var wait = outcome.Wait.Since(_appendedAt, time);
            if (longest is null || wait > longest) longest = wait;
        }

        return longest;
    }

    private void CountDown()
    {
        if (Interlocked.Decrement(ref _pending) == 0) _completion.SetResult();
    }

    private async Task WaitAsync(TimeSpan timeout, TimeProvider time)
    {
        try
        {
            await OwnScheduler.KeepAsync(_completion.Task).WaitAsync(timeout, time);
        }
        catch (TimeoutException)
        {
            // slots still open are answered as timed out
        }
    }
}
