using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata.Replication;

/// <summary>
/// When this agent must append something, if only a keep-alive, because something falls due by log time: deadlines pass
/// with an entry, and on a quiet log none would come. One agent does it; the others stand by in their order.
/// </summary>
internal static class TickPacing
{
    /// <summary>What each agent waits longer than the one before it: an append and its replay are through by then.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>The log's clock may not be where this agent thinks it is: that long between two tries.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

    /// <param name="session">The ordinal of this agent's.</param>
    /// <param name="sinceLastEntry">Since this agent applied the view's entry: the log's clock has gone on at least as far.</param>
    /// <returns>Zero or less: now. Infinite: nothing will fall due, or this agent is not one of those listed.</returns>
    public static TimeSpan Next(ClusterView view, int session, TimeSpan sinceLastEntry)
    {
        var rank = RankOf(view, session);
        if (view.NextDeadlineMs == long.MaxValue || rank < 0) return Timeout.InfiniteTimeSpan;
        return TimeSpan.FromMilliseconds(view.NextDeadlineMs - view.TimeMs) - sinceLastEntry + (Stagger * rank);
    }

    private static int RankOf(ClusterView view, int session)
    {
        var agents = view.Agents.All;
        for (var i = 0; i < agents.Length; i++)
            if (agents[i].Ordinal == session)
                return i;
        return -1;
    }
}
