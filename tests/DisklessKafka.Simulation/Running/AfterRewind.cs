using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Simulation.Machines;

namespace DisklessKafka.Simulation.Running;

/// <summary>
/// What is left to be held against the promises when the log has lost entries that it had acknowledged. Writes that were
/// acknowledged in the time that got lost may be gone, and what was read or told before all was healed may never have been;
/// everything else holds as ever.
/// </summary>
internal static class AfterRewind
{
    public static History Filter(SimulatedCluster cluster)
    {
        var all = cluster.History;
        if (!cluster.MayHaveLost) return all;
        var left = new History();
        foreach (var send in all.Sends)
        {
            if (send.IsAcknowledged && send.Completed >= cluster.FirstLost && send.Invoked <= cluster.LastRewind)
            {
                send.Offset = null;
                send.Complete(Outcome.Unknown, send.Completed);
            }

            left.Add(send);
        }

        var healed = all.Healed ?? long.MaxValue;
        foreach (var poll in all.Polls.Where(poll => poll.Invoked >= healed)) left.Add(poll);
        foreach (var seen in all.Watermarks.Where(seen => seen.Invoked >= healed)) left.Add(seen);
        foreach (var commit in all.OffsetCommits)
        {
            if (commit.IsAcknowledged && commit.Invoked <= cluster.LastRewind) commit.Complete(Outcome.Unknown, commit.Completed);
            left.Add(commit);
        }

        foreach (var fetch in all.OffsetFetches.Where(fetch => fetch.Invoked >= healed)) left.Add(fetch);
        foreach (var assignment in all.Assignments.Where(assignment => assignment.Invoked >= healed)) left.Add(assignment);
        left.MarkHealed(healed);
        if (all.Stopped is { } stopped) left.MarkStopped(stopped);
        return left;
    }
}
