using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// A member of a group that writes what it reads: for what came of each partition one outcome, all together with the group's offsets
/// in one transaction. What was aborted is read again; when the library gives up for good, this is over and another one goes on.
/// </summary>
internal sealed class Transformer : ILoadClient
{
    private static readonly TimeSpan ReadFor = TimeSpan.FromMilliseconds(300), Patience = TimeSpan.FromSeconds(60);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly GroupProgress _group;
    private readonly int _client;
    private readonly GroupReader _reader;
    private readonly TransactionalClient _producer;
    private long _transactions, _outcomes;

    public Transformer(RunRecord run, LoadTarget target, GroupSeat seat, int client)
    {
        (_run, _target, _group, _client) = (run, target, seat.Group, client);
        _producer = new TransactionalClient(run, target.Bootstrap, seat.Name, client);
        _reader = new GroupReader(run, target, seat, client, () => { });
    }

    public void Run(CancellationToken stop)
    {
        _producer.Initialize();
        while (!stop.IsCancellationRequested)
        {
            // Partitions come and go only in here, so never within a transaction.
            for (var started = _run.Clock.Elapsed; _run.Clock.Elapsed - started < ReadFor;)
                _reader.Poll();
            _reader.Flush();
            ReadPosition[] read = [.. _reader.Positions.Where(position => position.HasNews)];
            if (read.Length > 0)
                Process(read);
        }
    }

    public void Dispose()
    {
        _producer.Dispose();
        _reader.Dispose();
    }

    private void Process(ReadPosition[] read)
    {
        var transaction = new Transaction { Client = _client, Invoked = _run.Clock.Now, Id = ((long)_client << 32) | _transactions++ };
        OffsetCommit[] commits = [.. read.Select(position => new OffsetCommit { Client = _client, Invoked = _run.Clock.Now, Group = _group.Group, Partition = position.Partition, Offset = position.Next, Transaction = transaction.Id })];
        var isCommitted = _producer.Run(transaction, producer =>
        {
            foreach (var position in read)
                _producer.Send(transaction, new(_target.Outcomes.Topic, position.Partition.Partition), _outcomes++, new(_group.Group, position.Partition, position.Done, position.Next));
            Commit(producer, commits);
            return true;
        });
        if (!isCommitted)
        {
            _reader.GoBack();
            return;
        }

        foreach (var position in read)
        {
            _group.Commit(position.Partition, position.Next);
            position.MarkDone(position.Next);
        }
    }

    private void Commit(IProducer<Null, byte[]> producer, OffsetCommit[] commits)
    {
        Array.ForEach(commits, _run.History.Add);
        var outcome = Outcome.Unknown;
        try
        {
            producer.SendOffsetsToTransaction(commits.Select(commit => new TopicPartitionOffset(commit.Partition.Topic, commit.Partition.Partition, commit.Offset)), _reader.Metadata, Patience);
            outcome = Outcome.Succeeded;
        }
        finally
        {
            var now = _run.Clock.Now;
            Array.ForEach(commits, commit => commit.Complete(outcome, now));
        }
    }
}
