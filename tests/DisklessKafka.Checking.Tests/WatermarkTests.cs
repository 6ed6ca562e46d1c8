using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class WatermarkTests : HandMade
{
    [Theory]
    [InlineData(Watermark.HighWatermark)]
    [InlineData(Watermark.LastStableOffset)]
    [InlineData(Watermark.LogStart)]
    public void A_watermark_that_is_later_lower_is_caught(Watermark watermark)
    {
        var before = Saw(watermark, 5);
        var after = Saw(watermark, 4);
        Assert.Equal([before, after], AssertFound(AnomalyKind.WentBackwards)[0].Operations);
    }

    [Fact]
    public void A_watermark_that_grows_or_stays_is_fine()
    {
        Saw(Watermark.HighWatermark, 5);
        Saw(Watermark.HighWatermark, 5);
        Saw(Watermark.HighWatermark, 6);
        Saw(Watermark.LogStart, 0);
        AssertFine();
    }

    [Fact]
    public void Answers_side_by_side_may_come_in_either_order()
    {
        var before = Saw(Watermark.HighWatermark, 5);
        Now = before.Invoked + 1;
        Saw(Watermark.HighWatermark, 4);
        AssertFine();
    }

    [Fact]
    public void A_dip_to_zero_is_caught_once()
    {
        Saw(Watermark.HighWatermark, 5);
        Saw(Watermark.HighWatermark, 0);
        Saw(Watermark.HighWatermark, 6);
        AssertFound(AnomalyKind.WentBackwards);
    }

    [Fact]
    public void Fetches_from_two_brokers_are_not_held_against_each_other()
    {
        Saw(Watermark.HighWatermark, 5, scope: 1);
        Saw(Watermark.HighWatermark, 4, scope: 2);
        AssertFine();
    }

    [Fact]
    public void Who_asks_after_a_write_was_acknowledged_must_be_told_of_it()
    {
        Sent(10, offset: 0);
        Saw(Watermark.HighWatermark, 0);
        Found(10);
        AssertFound(AnomalyKind.WentBackwards);
    }

    private WatermarkSeen Saw(Watermark watermark, long value, int scope = WatermarkSeen.Everywhere)
    {
        var seen = new WatermarkSeen { Client = Reader, Invoked = Now, Partition = Partition, Watermark = watermark, Value = value, Scope = scope };
        seen.Complete(Outcome.Succeeded, Now + 5);
        Now += 10;
        History.Add(seen);
        return seen;
    }
}
