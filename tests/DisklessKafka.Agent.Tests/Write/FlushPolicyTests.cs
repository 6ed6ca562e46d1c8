using DisklessKafka.Agent.Write;

namespace DisklessKafka.Agent.Tests.Write;

public sealed class FlushPolicyTests
{
    private static readonly FlushPolicy Policy = new(SegmentBytes: 1000, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(2));

    [Fact]
    public void The_first_write_ever_waits_only_for_company() => Assert.Equal(TimeSpan.FromMilliseconds(2), Policy.DueAfterFirstBatch(TimeSpan.MaxValue));

    [Fact]
    public void A_write_after_a_quiet_interval_waits_only_for_company() => Assert.Equal(TimeSpan.FromMilliseconds(2), Policy.DueAfterFirstBatch(TimeSpan.FromMilliseconds(250)));

    [Fact]
    public void A_write_soon_after_a_seal_waits_out_the_interval_since_that_seal() =>
        Assert.Equal(TimeSpan.FromMilliseconds(150), Policy.DueAfterFirstBatch(TimeSpan.FromMilliseconds(100)));

    [Fact]
    public void No_write_waits_longer_than_an_interval() => Assert.Equal(TimeSpan.FromMilliseconds(250), Policy.DueAfterFirstBatch(TimeSpan.Zero));

    [Fact]
    public void The_last_moments_of_an_interval_still_leave_time_to_gather() =>
        Assert.Equal(TimeSpan.FromMilliseconds(2), Policy.DueAfterFirstBatch(TimeSpan.FromMilliseconds(249.9)));

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    public void Bytes_alone_seal_a_full_segment(long bytes, bool full) => Assert.Equal(full, Policy.IsFull(bytes));
}
