using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class LostWriteTests : HandMade
{
    [Fact]
    public void A_history_without_operations_is_fine() => AssertFine();

    [Fact]
    public void Records_that_stand_where_they_were_acknowledged_are_fine()
    {
        Sent(10, offset: 0);
        Sent(20, offset: 1, client: OtherProducer);
        Sent(11, offset: 2);
        Found(10, 20, 11);
        AssertFine();
    }

    [Fact]
    public void An_acknowledged_record_that_is_not_there_is_caught()
    {
        Sent(10, offset: 0);
        var lost = Sent(11, offset: 1);
        Found(10);
        Assert.Equal([lost], AssertFound(AnomalyKind.LostWrite)[0].Operations);
    }

    [Fact]
    public void It_is_caught_in_the_middle_though_offsets_were_closed_up()
    {
        Sent(10, offset: 0);
        Sent(11);
        Sent(12);
        Found(10, 12);
        AssertFound(AnomalyKind.LostWrite);
    }

    [Theory]
    [InlineData(Outcome.Unknown)]
    [InlineData(Outcome.Pending)]
    public void A_record_whose_fate_is_unknown_may_be_there_or_not(Outcome outcome)
    {
        Sent(10, outcome: outcome);
        Sent(11, outcome: outcome);
        Sent(12, offset: 1);
        Found(11, 12);
        AssertFine();
    }

    [Fact]
    public void An_acknowledgement_that_named_no_offset_holds_wherever_the_record_is()
    {
        Sent(10);
        Found(10);
        AssertFine();
    }

    [Fact]
    public void A_deleted_record_is_not_lost_and_one_beside_it_is()
    {
        Sent(10, offset: 0);
        Sent(11, offset: 1);
        Sent(12, offset: 2);
        There.AddRemoved(0, 1);
        There.AddRecord(2, 12);
        AssertFound(AnomalyKind.LostWrite, AnomalyKind.OffsetGap);
    }

    [Fact]
    public void A_record_in_another_partition_than_sent_to_is_caught()
    {
        Sent(10, offset: 0);
        Contents[OtherPartition].AddRecord(0, 10);
        AssertFound(AnomalyKind.LostWrite, AnomalyKind.NeverSent);
    }

    [Fact]
    public void Compaction_may_remove_all_but_the_last_record_of_a_key_and_a_deletion()
    {
        There.IsCompacted = true;
        Sent(10, offset: 0, key: 1);
        Sent(11, offset: 1, key: 1);
        Sent(12, offset: 2, key: 2);
        Sent(13, offset: 3, key: 2, tombstone: true);
        There.AddRecord(1, 11);
        AssertFine();
    }

    [Fact]
    public void Compaction_that_drops_a_key_is_caught()
    {
        There.IsCompacted = true;
        Sent(10, offset: 0, key: 1);
        Sent(11, offset: 1, key: 1);
        Sent(12, offset: 2, key: 2);
        There.AddRecord(2, 12);
        AssertFound(AnomalyKind.LostWrite);
    }

    [Fact]
    public void A_committed_transactions_record_that_is_hidden_is_caught()
    {
        var transaction = Began(1);
        Sent(10, offset: 0, transaction: 1);
        Ended(transaction, Verdict.Committed);
        There.AddAbortedRecord(0, 10);
        There.AddMarker(1);
        AssertFound(AnomalyKind.LostWrite);
    }

    [Fact]
    public void Two_sends_of_one_value_are_refused()
    {
        Sent(10, offset: 0);
        Sent(10, offset: 1);
        Assert.Throws<ArgumentException>(() => HistoryChecker.Check(History, Contents));
    }

    [Fact]
    public void An_anomaly_says_what_where_and_which_operation_shows_it()
    {
        Sent(41, offset: 17);
        There.AddRemoved(0, 17);
        var text = AssertFound(AnomalyKind.LostWrite)[0].ToString();
        Assert.Equal("LostWrite: 41 was acknowledged at offset 17 of t-0 and is not there\n    [100..105] client 1 sent 41 (its record 41) to t-0 and was told offset 17: Succeeded", text);
    }
}
