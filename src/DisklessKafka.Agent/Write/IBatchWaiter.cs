namespace DisklessKafka.Agent.Write;

/// <summary>Whoever appended a batch and waits for its outcome.</summary>
public interface IBatchWaiter
{
    /// <summary>Called once for each slot, on the flusher's turn: must be short and must not throw.</summary>
    void Complete(int slot, WriteOutcome outcome);
}
