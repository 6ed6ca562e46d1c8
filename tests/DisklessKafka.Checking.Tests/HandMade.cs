using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

/// <summary>
/// A history made by hand, mostly of one partition. Each operation takes the next ten ticks of the clock, so that all stand one
/// behind the other unless a test says otherwise.
/// </summary>
public abstract class HandMade
{
    protected const int Producer = 1, OtherProducer = 2, Reader = 11, OtherReader = 12;
    protected static readonly PartitionName Partition = new("t", 0), OtherPartition = new("t", 1);

    protected History History { get; } = new();

    protected Contents Contents { get; } = new();

    protected PartitionContents There => Contents[Partition];

    /// <summary>The start of the next operation.</summary>
    protected long Now { get; set; } = 100;

    protected Send Sent(long value, long? offset = null, Outcome outcome = Outcome.Succeeded, int client = Producer, bool idempotent = true, long? transaction = null, PartitionName? partition = null, long? key = null, bool tombstone = false)
    {
        var send = new Send
        {
            Client = client, Invoked = Now, Partition = partition ?? Partition, Value = value, Sequence = value, IsIdempotent = idempotent, Transaction = transaction, Key = key, IsTombstone = tombstone,
        };
        if (outcome == Outcome.Succeeded)
            send.Acknowledge(offset, Now + 5);
        else if (outcome != Outcome.Pending)
            send.Complete(outcome, Now + 5);
        Now += 10;
        History.Add(send);
        return send;
    }

    /// <summary>Values that stand one behind the other from the partition's start, or from what is there already.</summary>
    protected void Found(params long[] values)
    {
        foreach (var value in values)
            There.AddRecord(There.Entries.Count, value);
    }

    protected Poll Polled(long from, long to, params (long Offset, long Value)[] records) => Polled(Reader, from, to, false, records);

    protected Poll PolledCommitted(long from, long to, params (long Offset, long Value)[] records) => Polled(Reader, from, to, true, records);

    protected Poll Polled(int reader, long from, long to, bool committed, params (long Offset, long Value)[] records)
    {
        var poll = new Poll
        {
            Client = reader, Reader = reader, Invoked = Now, Partition = Partition, Position = from, NextPosition = to, IsReadCommitted = committed,
            Records = [.. records.Select(record => new SeenRecord(record.Offset, record.Value))],
        };
        poll.Complete(Outcome.Succeeded, Now + 5);
        Now += 10;
        History.Add(poll);
        return poll;
    }

    protected Transaction Began(long id)
    {
        var transaction = new Transaction { Client = Producer, Invoked = Now, Id = id };
        Now += 10;
        History.Add(transaction);
        return transaction;
    }

    protected void Ended(Transaction transaction, Verdict verdict, bool committing = true)
    {
        if (committing)
            transaction.AskToCommit(Now);
        transaction.End(verdict, Now + 5);
        Now += 10;
    }

    protected void Healed()
    {
        History.MarkHealed(Now);
        Now += 10;
    }

    protected void Stopped() => History.MarkStopped(Now);

    protected void AssertFine() => Assert.Empty(HistoryChecker.Check(History, Contents));

    /// <summary>These and no other anomalies, in any order.</summary>
    protected IReadOnlyList<Anomaly> AssertFound(params AnomalyKind[] kinds)
    {
        var anomalies = HistoryChecker.Check(History, Contents);
        Assert.True(kinds.Order().SequenceEqual(anomalies.Select(anomaly => anomaly.Kind).Order()), $"expected {string.Join(", ", kinds)}, got:\n{string.Join('\n', anomalies)}");
        return anomalies;
    }
}
