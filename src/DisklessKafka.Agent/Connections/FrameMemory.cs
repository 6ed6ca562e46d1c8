namespace DisklessKafka.Agent.Connections;

/// <summary>The share of the budget that the frame being read holds: one a connection, used for one frame after another.</summary>
internal sealed class FrameMemory(MemoryBudget budget)
{
    /// <summary>Changed only by the budget, under its lock.</summary>
    public long HeldBytes { get; set; }

    /// <summary>Waits until <paramref name="bytes"/> more may be held.</summary>
    public ValueTask GrowAsync(long bytes, CancellationToken cancellation) => budget.TakeAsync(this, bytes, cancellation);

    /// <summary>
    /// The frame is handled and gone. What its decoded request takes, more or less than the frame did, stays held until
    /// <see cref="MemoryBudget.Release"/>; it belongs to the pending reply from here on.
    /// </summary>
    public void Finish(long keptBytes)
    {
        var freed = HeldBytes - keptBytes;
        HeldBytes = 0;
        budget.Finish(this, freed);
    }
}
