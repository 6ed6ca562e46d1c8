using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Simulation.Machines;

namespace DisklessKafka.Simulation.Running;

/// <summary>
/// What is left to be held against the promises when the log has lost entries that it had acknowledged. Writes that were
/// acknowledged in the time that got lost may be gone, and what was read or told before all was healed may never have been;
/// everything else holds as ever.
/// Of transactions of that time nothing is known any more but where their records are: a part of them may be lost, an end may be
/// taken back, and what one of them left open goes on in the next one of the same producer. So it is with those of a producer
/// whose epoch got lost: the cluster gives its successor the same one, and takes each for the other, until there is a later one.
/// </summary>
internal static class AfterRewind
{
    public static History Filter(SimulatedCluster cluster)
    {
        var all = cluster.History;
        if (!cluster.MayHaveLost) return all;
        var left = new History();
        foreach (var transaction in all.Transactions) left.Add(transaction);
        var doubtful = all.Transactions.Where(cluster.IsDoubtful).Select(transaction => transaction.Id).ToHashSet();
        foreach (var send in all.Sends)
        {
            if (send.Transaction is { } id && doubtful.Contains(id))
            {
                left.Add(Loosen(send));
                continue;
            }

            if (send.IsAcknowledged && send.Completed >= cluster.FirstLost && send.Invoked <= cluster.LastRewind)
            {
                send.Offset = null;
                send.Complete(Outcome.Unknown, send.Completed);
            }

            left.Add(send);
        }

        foreach (var commit in all.OffsetCommits)
        {
            if (commit.Transaction is { } id && doubtful.Contains(id))
            {
                left.Add(Loosen(commit));
                continue;
            }

            if (commit.IsAcknowledged && commit.Invoked <= cluster.LastRewind) commit.Complete(Outcome.Unknown, commit.Completed);
            left.Add(commit);
        }

        var healed = all.Healed ?? long.MaxValue;
        foreach (var poll in all.Polls.Where(poll => poll.Invoked >= healed)) left.Add(poll);
        foreach (var seen in all.Watermarks.Where(seen => seen.Invoked >= healed)) left.Add(seen);
        foreach (var fetch in all.OffsetFetches.Where(fetch => fetch.Invoked >= healed)) left.Add(fetch);
        foreach (var assignment in all.Assignments.Where(assignment => assignment.Invoked >= healed)) left.Add(assignment);
        left.MarkHealed(healed);
        if (all.Stopped is { } stopped) left.MarkStopped(stopped);
        return left;
    }

    private static Send Loosen(Send send)
    {
        var loose = new Send
        {
            Client = send.Client, Invoked = send.Invoked, Partition = send.Partition, Value = send.Value, Sequence = send.Sequence, IsIdempotent = send.IsIdempotent,
        };
        loose.Complete(Outcome.Unknown, send.Completed);
        return loose;
    }

    private static OffsetCommit Loosen(OffsetCommit commit)
    {
        var loose = new OffsetCommit { Client = commit.Client, Invoked = commit.Invoked, Group = commit.Group, Partition = commit.Partition, Offset = commit.Offset };
        loose.Complete(Outcome.Unknown, commit.Completed);
        return loose;
    }
}
