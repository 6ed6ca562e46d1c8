using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

/// <summary>Records at other offsets than told, gaps between them, and offsets with more than one.</summary>
public sealed class PlaceTests : HandMade
{
    [Fact]
    public void Records_at_other_offsets_than_acknowledged_have_moved()
    {
        Sent(10, offset: 1);
        Now = 100;
        Sent(20, offset: 0, client: OtherProducer);
        Found(10, 20);
        AssertFound(AnomalyKind.Moved, AnomalyKind.Moved, AnomalyKind.OffsetWithTwoValues, AnomalyKind.OffsetWithTwoValues);
    }

    [Fact]
    public void A_repeated_record_may_be_acknowledged_at_either_place()
    {
        Sent(10, offset: 1, idempotent: false);
        Found(10, 10);
        AssertFine();
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public void A_gap_and_a_late_start_are_caught(long first, long second)
    {
        Sent(10, outcome: Outcome.Unknown);
        Sent(11, outcome: Outcome.Unknown);
        There.AddRecord(first, 10);
        There.AddRecord(second, 11);
        AssertFound(AnomalyKind.OffsetGap);
    }

    [Fact]
    public void Markers_and_deleted_ranges_explain_gaps()
    {
        var transaction = Began(1);
        Sent(10, offset: 5, transaction: 1);
        Ended(transaction, Verdict.Committed);
        Sent(11, offset: 7);
        There.AddRemoved(0, 3);
        There.AddRemoved(2, 5);
        There.AddRecord(5, 10);
        There.AddMarker(6);
        There.AddRecord(7, 11);
        AssertFine();
    }

    [Fact]
    public void Compaction_explains_gaps()
    {
        There.IsCompacted = true;
        Sent(10, offset: 4, key: 1);
        There.AddRecord(4, 10);
        AssertFine();
    }

    [Fact]
    public void Two_acknowledgements_of_one_offset_are_caught()
    {
        There.AddRemoved(0, 4);
        var first = Sent(10, offset: 3);
        var second = Sent(20, offset: 3, client: OtherProducer);
        Assert.Equal([first, second], AssertFound(AnomalyKind.OffsetWithTwoValues)[0].Operations);
    }

    [Fact]
    public void Two_readers_that_saw_different_values_at_one_offset_are_caught()
    {
        Sent(10, outcome: Outcome.Unknown);
        Sent(20, outcome: Outcome.Unknown, client: OtherProducer);
        There.AddRemoved(0, 1);
        Polled(Reader, 0, 1, false, (0, 10));
        Polled(OtherReader, 0, 1, false, (0, 20));
        AssertFound(AnomalyKind.OffsetWithTwoValues);
    }

    [Fact]
    public void Readers_that_saw_the_same_are_fine()
    {
        Sent(10, outcome: Outcome.Unknown);
        Found(10);
        Polled(Reader, 0, 1, false, (0, 10));
        Polled(OtherReader, 0, 1, false, (0, 10));
        AssertFine();
    }

    [Fact]
    public void What_a_reader_saw_and_is_gone_is_caught_unless_it_was_deleted()
    {
        Sent(10, outcome: Outcome.Unknown);
        Sent(11, outcome: Outcome.Unknown);
        Polled(0, 2, (0, 10), (1, 11));
        There.AddRemoved(0, 1);
        AssertFound(AnomalyKind.LostRead);
    }

    [Fact]
    public void A_record_that_nobody_sent_is_caught_where_it_is_and_where_it_was_read()
    {
        Found(70);
        There.AddRemoved(1, 2);
        Polled(1, 2, (1, 80));
        AssertFound(AnomalyKind.NeverSent, AnomalyKind.NeverSent);
    }

    [Fact]
    public void A_record_that_is_read_before_it_was_sent_is_caught()
    {
        Polled(0, 1, (0, 10));
        Sent(10, offset: 0);
        Found(10);
        AssertFound(AnomalyKind.NeverSent);
    }

    [Fact]
    public void A_refused_record_that_is_there_is_caught_and_one_that_is_not_is_fine()
    {
        Sent(10, outcome: Outcome.Failed);
        Sent(11, outcome: Outcome.Failed);
        Found(11);
        AssertFound(AnomalyKind.RefusedYetThere);
    }
}
