using DisklessKafka.TestKit.Checking;
using Xunit;

namespace DisklessKafka.Compatibility.Tests.Checking;

/// <summary>The checker on histories made by hand: those that must pass, and those that must be caught.</summary>
public sealed class DeliveryCheckerTests
{
    private readonly DeliveryHistory history = new();

    [Fact]
    public void A_history_without_records_is_fine() => Assert.Empty(DeliveryChecker.Check(history));

    [Fact]
    public void Records_that_stand_where_they_were_acknowledged_are_fine()
    {
        Acknowledged(producer: 1, number: 0, offset: 0);
        Acknowledged(producer: 2, number: 0, offset: 1);
        Acknowledged(producer: 1, number: 1, offset: 2);
        Found((1, 0), (2, 0), (1, 1));
        AssertFaults();
    }

    [Fact]
    public void A_record_whose_fate_is_unknown_may_be_there_or_not()
    {
        Unknown(producer: 1, number: 0);
        Unknown(producer: 1, number: 1);
        Acknowledged(producer: 1, number: 2, offset: 1);
        Found((1, 1), (1, 2));
        AssertFaults();
    }

    [Fact]
    public void Partitions_count_their_own_offsets_and_producers_their_own_records()
    {
        history.Sent.Add(new(new(1, 0, 0), SendOutcome.Acknowledged, 0));
        history.Sent.Add(new(new(1, 1, 0), SendOutcome.Acknowledged, 0));
        history.FinalRead.Add(new(new(1, 0, 0), 0));
        history.FinalRead.Add(new(new(1, 1, 0), 0));
        AssertFaults();
    }

    [Fact]
    public void An_acknowledgement_that_named_no_offset_holds_wherever_the_record_is()
    {
        history.Sent.Add(new(new(1, 0, 0), SendOutcome.Acknowledged, null));
        Found((1, 0));
        AssertFaults();
    }

    [Fact]
    public void An_acknowledged_record_that_is_not_there_is_lost()
    {
        Acknowledged(producer: 1, number: 0, offset: 0);
        Acknowledged(producer: 1, number: 1, offset: 1);
        Found((1, 0));
        AssertFaults(DeliveryFault.Lost);
    }

    [Fact]
    public void A_lost_record_in_the_middle_is_caught_though_offsets_were_closed_up()
    {
        Acknowledged(producer: 1, number: 0, offset: 0);
        history.Sent.Add(new(new(1, 0, 1), SendOutcome.Acknowledged, null));
        history.Sent.Add(new(new(1, 0, 2), SendOutcome.Acknowledged, null));
        Found((1, 0), (1, 2));
        AssertFaults(DeliveryFault.Lost);
    }

    [Fact]
    public void A_record_that_is_there_twice_is_caught_also_when_nobody_was_told_of_it()
    {
        Unknown(producer: 1, number: 0);
        Found((1, 0), (1, 0));
        AssertFaults(DeliveryFault.Repeated);
    }

    [Fact]
    public void Two_records_of_a_producer_in_the_wrong_order_are_caught()
    {
        Acknowledged(producer: 1, number: 0, offset: 1);
        Acknowledged(producer: 1, number: 1, offset: 0);
        Found((1, 1), (1, 0));
        AssertFaults(DeliveryFault.Reordered);
    }

    [Fact]
    public void A_record_far_behind_its_place_is_caught_once()
    {
        for (var number = 0; number < 4; number++)
            Unknown(producer: 1, number);
        Found((1, 1), (1, 2), (1, 3), (1, 0));
        AssertFaults(DeliveryFault.Reordered);
    }

    [Fact]
    public void A_record_at_another_offset_than_acknowledged_has_moved()
    {
        Acknowledged(producer: 1, number: 0, offset: 1);
        Acknowledged(producer: 2, number: 0, offset: 0);
        Found((1, 0), (2, 0));
        AssertFaults(DeliveryFault.Moved, DeliveryFault.Moved);
    }

    [Theory]
    [InlineData(0L, 2L)]
    [InlineData(1L, 2L)]
    [InlineData(0L, 0L)]
    public void A_gap_a_late_start_and_a_repeated_offset_are_caught(long first, long second)
    {
        Unknown(producer: 1, number: 0);
        Unknown(producer: 1, number: 1);
        history.FinalRead.Add(new(new(1, 0, 0), first));
        history.FinalRead.Add(new(new(1, 0, 1), second));
        Assert.All(DeliveryChecker.Check(history), violation => Assert.Equal(DeliveryFault.OffsetsNotContiguous, violation.Fault));
        Assert.NotEmpty(DeliveryChecker.Check(history));
    }

    [Fact]
    public void A_record_that_nobody_sent_is_caught()
    {
        Found((7, 0));
        AssertFaults(DeliveryFault.NeverSent);
    }

    [Fact]
    public void What_a_reader_saw_and_is_still_there_is_fine()
    {
        Unknown(producer: 1, number: 0);
        Found((1, 0));
        history.EarlierReads.Add(new(new(1, 0, 0), 0));
        AssertFaults();
    }

    [Theory]
    [InlineData(2, 0L, 0L)]
    [InlineData(1, 0L, 1L)]
    public void What_a_reader_saw_and_is_gone_or_different_is_caught(int producer, long number, long offset)
    {
        Unknown(producer: 1, number: 0);
        Unknown(producer: 2, number: 0);
        Found((1, 0));
        history.EarlierReads.Add(new(new(producer, 0, number), offset));
        AssertFaults(DeliveryFault.ChangedAfterRead);
    }

    [Fact]
    public void A_violation_says_which_record_and_where()
    {
        Acknowledged(producer: 3, number: 41, offset: 17);
        var violation = Assert.Single(DeliveryChecker.Check(history));
        Assert.Equal("Lost: record 41 of producer 3 in partition 0 was acknowledged at offset 17 and is not there", violation.ToString());
    }

    private void Acknowledged(int producer, long number, long offset) =>
        history.Sent.Add(new(new(producer, 0, number), SendOutcome.Acknowledged, offset));

    private void Unknown(int producer, long number) => history.Sent.Add(new(new(producer, 0, number), SendOutcome.Unknown, null));

    private void Found(params (int Producer, long Number)[] records)
    {
        foreach (var (producer, number) in records)
            history.FinalRead.Add(new(new(producer, 0, number), history.FinalRead.Count));
    }

    private void AssertFaults(params DeliveryFault[] expected) =>
        Assert.Equal(expected, DeliveryChecker.Check(history).Select(violation => violation.Fault));
}
