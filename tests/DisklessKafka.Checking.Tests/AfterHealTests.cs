using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class AfterHealTests : HandMade
{
    [Fact]
    public void A_follower_that_got_to_the_end_is_fine()
    {
        Write();
        History.Add(new Follow(Reader, Reader, Partition, 0, false));
        Healed();
        WriteMore();
        Polled(0, 2, (0, 10), (1, 11));
        Stopped();
        AssertFine();
    }

    [Fact]
    public void A_follower_that_did_not_get_to_the_end_is_caught()
    {
        Write();
        History.Add(new Follow(Reader, Reader, Partition, 0, false));
        Healed();
        WriteMore();
        Polled(0, 1, (0, 10));
        Stopped();
        AssertFound(AnomalyKind.UnseenAfterHeal);
    }

    [Fact]
    public void A_follower_that_never_polled_is_caught()
    {
        Write();
        History.Add(new Follow(Reader, Reader, Partition, 1, false));
        Healed();
        WriteMore();
        Stopped();
        AssertFound(AnomalyKind.UnseenAfterHeal);
    }

    [Fact]
    public void A_follower_of_committed_records_need_not_see_aborted_ones()
    {
        Healed();
        Ended(Began(1), Verdict.Aborted, committing: false);
        Sent(10, offset: 0, transaction: 1);
        There.AddAbortedRecord(0, 10);
        There.AddMarker(1);
        History.Add(new Follow(Reader, Reader, Partition, 0, true));
        Stopped();
        AssertFine();
    }

    [Fact]
    public void Nothing_is_asked_of_the_end_of_a_run_that_was_broken_off()
    {
        Write();
        History.Add(new Follow(Reader, Reader, Partition, 0, false));
        Sent(12, outcome: Outcome.Pending);
        AssertFine();
    }

    [Fact]
    public void A_client_that_still_waits_for_an_answer_is_caught()
    {
        Write();
        Healed();
        WriteMore();
        var waiting = Sent(12, outcome: Outcome.Pending);
        Stopped();
        Assert.Equal([waiting], AssertFound(AnomalyKind.StuckClient)[0].Operations);
    }

    [Fact]
    public void A_client_that_got_nothing_done_after_all_was_healed_is_caught()
    {
        Write();
        Healed();
        Sent(12, outcome: Outcome.Unknown);
        Stopped();
        AssertFound(AnomalyKind.StuckClient);
    }

    [Fact]
    public void Nothing_is_expected_of_a_client_that_was_ended()
    {
        Write();
        Sent(12, outcome: Outcome.Pending);
        History.MarkEnded(Producer, Now);
        Healed();
        Stopped();
        AssertFine();
    }

    private void Write()
    {
        Sent(10, offset: 0);
        Found(10);
    }

    private void WriteMore()
    {
        Sent(11, offset: 1);
        Found(11);
    }
}
