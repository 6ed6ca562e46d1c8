using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class ProcessingTests : HandMade
{
    private static readonly PartitionName Outcomes = new("outcomes", 0);
    private long _lastOutcome = 1_000;

    public ProcessingTests()
    {
        for (var value = 1; value <= 6; value++)
            Sent(value, offset: value - 1);
        Found(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Records_that_were_each_processed_once_are_fine()
    {
        Process(0, 2);
        Process(2, 6);
        AssertFine();
    }

    [Fact]
    public void A_try_that_was_aborted_and_repeated_is_fine()
    {
        Process(0, 3);
        Process(3, 6, committed: false);
        Process(3, 4);
        Process(4, 6);
        AssertFine();
    }

    [Fact]
    public void What_is_behind_the_last_outcome_may_still_come()
    {
        Process(0, 3);
        AssertFine();
    }

    [Fact]
    public void A_record_that_was_processed_twice_is_caught()
    {
        var first = Process(0, 4);
        var second = Process(3, 6);
        Assert.Equal([first, second], AssertFound(AnomalyKind.ProcessedTwice)[0].Operations);
    }

    [Fact]
    public void Another_group_processes_the_same_for_itself()
    {
        Process(0, 4);
        Process(0, 6, group: "other");
        AssertFine();
    }

    [Fact]
    public void A_record_that_was_left_out_is_caught()
    {
        var first = Process(0, 2);
        var second = Process(3, 6);
        Assert.Equal([first, second], AssertFound(AnomalyKind.NotProcessed)[0].Operations);
    }

    [Fact]
    public void A_record_left_out_at_the_beginning_is_caught()
    {
        Process(1, 6);
        AssertFound(AnomalyKind.NotProcessed);
    }

    [Fact]
    public void What_was_lost_with_an_abort_is_left_out()
    {
        Process(0, 2);
        Process(2, 4, committed: false);
        Process(4, 6);
        AssertFound(AnomalyKind.NotProcessed);
    }

    private Send Process(long from, long to, bool committed = true, string group = "g")
    {
        var transaction = Began(++_lastOutcome);
        var send = new Send
        {
            Client = OtherProducer, Invoked = Now, Partition = Outcomes, Value = _lastOutcome, Sequence = _lastOutcome, IsIdempotent = true, Transaction = transaction.Id,
            Source = new(group, Partition, from, to),
        };
        var into = Contents[Outcomes];
        send.Acknowledge(into.Entries.Count, Now + 5);
        Now += 10;
        History.Add(send);
        Ended(transaction, committed ? Verdict.Committed : Verdict.Aborted, committed);
        if (committed)
            into.AddRecord(into.Entries.Count, send.Value);
        else
            into.AddAbortedRecord(into.Entries.Count, send.Value);
        into.AddMarker(into.Entries.Count);
        return send;
    }
}
