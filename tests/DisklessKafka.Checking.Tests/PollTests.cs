using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class PollTests : HandMade
{
    public PollTests()
    {
        for (var offset = 0; offset < 4; offset++)
            Sent(10 + offset, offset);
        Found(10, 11, 12, 13);
    }

    [Fact]
    public void Polls_that_follow_on_each_other_are_fine()
    {
        Polled(0, 2, (0, 10), (1, 11));
        Polled(2, 2);
        Polled(2, 4, (2, 12), (3, 13));
        AssertFine();
    }

    [Fact]
    public void A_record_left_out_within_a_poll_is_caught()
    {
        Polled(0, 3, (0, 10), (2, 12));
        AssertFound(AnomalyKind.SkippedRecord);
    }

    [Fact]
    public void A_position_that_jumps_over_records_is_caught()
    {
        Polled(0, 1, (0, 10));
        Polled(3, 4, (3, 13));
        AssertFound(AnomalyKind.SkippedRecord);
    }

    [Fact]
    public void A_reader_may_pass_over_markers_and_deleted_records()
    {
        There.AddMarker(4);
        There.AddRemoved(5, 7);
        Sent(17, offset: 7);
        There.AddRecord(7, 17);
        Polled(0, 5, (0, 10), (1, 11), (2, 12), (3, 13));
        Polled(7, 8, (7, 17));
        AssertFine();
    }

    [Fact]
    public void A_position_that_is_set_back_is_caught()
    {
        Polled(0, 2, (0, 10), (1, 11));
        Polled(1, 2, (1, 11));
        AssertFound(AnomalyKind.NonMonotonicPoll);
    }

    [Fact]
    public void Another_reader_may_begin_anywhere()
    {
        Polled(Reader, 2, 4, false, (2, 12), (3, 13));
        Polled(OtherReader, 0, 1, false, (0, 10));
        AssertFine();
    }

    [Fact]
    public void Records_out_of_order_are_caught()
    {
        Polled(0, 2, (1, 11), (0, 10));
        AssertFound(AnomalyKind.NonMonotonicPoll);
    }

    [Fact]
    public void A_record_twice_in_a_poll_is_caught()
    {
        Polled(0, 2, (0, 10), (0, 10), (1, 11));
        AssertFound(AnomalyKind.NonMonotonicPoll);
    }

    [Fact]
    public void A_record_from_before_the_position_is_caught()
    {
        Polled(1, 2, (0, 10), (1, 11));
        AssertFound(AnomalyKind.NonMonotonicPoll);
    }
}
