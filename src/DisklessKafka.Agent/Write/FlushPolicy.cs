namespace DisklessKafka.Agent.Write;

/// <summary>
/// When an open segment is sealed. Two forces: an object PUT costs money, so no agent makes more than one an interval
/// beyond what bytes demand; and a lone write should not wait for company that does not come.
/// </summary>
/// <param name="SegmentBytes">Sealed at once when it holds this many bytes.</param>
/// <param name="FlushInterval">The longest a batch waits in the buffer.</param>
/// <param name="GatheringDelay">The short wait of a first write after a quiet interval, for what arrives with it.</param>
public sealed record FlushPolicy(int SegmentBytes, TimeSpan FlushInterval, TimeSpan GatheringDelay)
{
    /// <summary>
    /// How long after the first batch's arrival the segment is due, given how long before that arrival the last seal was.
    /// A seal within the last interval spreads this one to a full interval after it, which is never later than an
    /// interval after the first batch.
    /// </summary>
    /// <param name="sinceLastSeal">From the last seal to the first batch of this segment; <see cref="TimeSpan.MaxValue"/> if there was none.</param>
    public TimeSpan DueAfterFirstBatch(TimeSpan sinceLastSeal) =>
        sinceLastSeal >= FlushInterval ? GatheringDelay : Max(FlushInterval - sinceLastSeal, GatheringDelay);

    /// <summary>Whether bytes alone demand the seal.</summary>
    public bool IsFull(long bufferedBytes) => bufferedBytes >= SegmentBytes;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
