using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>A member of a group that commits what it has read once a second, and before it gives partitions up.</summary>
internal sealed class GroupMember : ILoadClient
{
    private static readonly TimeSpan CommitPace = TimeSpan.FromSeconds(1);

    private readonly RunRecord _run;
    private readonly GroupProgress _group;
    private readonly int _client;
    private readonly GroupReader _reader;
    private long _committedAt;

    public GroupMember(RunRecord run, LoadTarget target, GroupSeat seat, int client)
    {
        (_run, _group, _client) = (run, seat.Group, client);
        _reader = new GroupReader(run, target, seat, client, Commit);
    }

    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _reader.Poll();
            if (RunClock.ToTime(_run.Clock.Now - _committedAt) > CommitPace)
                Commit();
        }

        _reader.Flush();
        Commit();
    }

    public void Dispose() => _reader.Dispose();

    private void Commit()
    {
        _committedAt = _run.Clock.Now;
        ReadPosition[] read = [.. _reader.Positions.Where(position => position.HasNews)];
        if (read.Length == 0)
            return;
        OffsetCommit[] commits = [.. read.Select(position => new OffsetCommit { Client = _client, Invoked = _committedAt, Group = _group.Group, Partition = position.Partition, Offset = position.Next })];
        Array.ForEach(commits, _run.History.Add);
        var outcome = TryCommit(commits);
        var now = _run.Clock.Now;
        Array.ForEach(commits, commit => commit.Complete(outcome, now));
        if (outcome != Outcome.Succeeded)
            return;
        foreach (var position in read)
        {
            position.MarkDone(position.Next);
            _group.Commit(position.Partition, position.Next);
        }
    }

    private Outcome TryCommit(OffsetCommit[] commits)
    {
        try
        {
            _reader.Commit(commits);
            return Outcome.Succeeded;
        }
        catch (KafkaException failure)
        {
            _run.Complain(_client, failure.Error.ToString());
            // What was fenced had no effect, unless a try before it had; the library does not say. Open, then.
            return Outcome.Unknown;
        }
    }
}
