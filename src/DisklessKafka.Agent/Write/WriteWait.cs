namespace DisklessKafka.Agent.Write;

/// <summary>What a batch waits for by design: its segment to fall due, the PUT, and the log. All else on its way is what this agent adds.</summary>
/// <param name="DueAt">When its segment fell due or was full, as <see cref="TimeProvider.GetTimestamp"/> counts; it may be sealed later than that.</param>
/// <param name="StoredIn">The PUT, as long as the store took for it.</param>
/// <param name="CommittedIn">From handing the commit to the log until replay has decided it.</param>
public readonly record struct WriteWait(long DueAt, TimeSpan StoredIn, TimeSpan CommittedIn)
{
    /// <param name="appendedAt">When the batch was put into the open segment.</param>
    public TimeSpan Since(long appendedAt, TimeProvider time) =>
        (DueAt > appendedAt ? time.GetElapsedTime(appendedAt, DueAt) : TimeSpan.Zero) + StoredIn + CommittedIn;
}
