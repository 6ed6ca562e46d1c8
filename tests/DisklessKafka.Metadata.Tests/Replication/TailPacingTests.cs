using DisklessKafka.Metadata.Replication;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Replication;

public sealed class TailPacingTests
{
    [Fact]
    public void An_idle_replica_reads_less_than_four_times_a_second() =>
        Assert.Equal(TimeSpan.FromMilliseconds(300), TailPacing.Next(1, isAwaited: false, isWatched: false, TimeSpan.Zero, TimeSpan.FromMilliseconds(20)));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(6, 20)]
    [InlineData(int.MaxValue, 20)]
    public void What_is_known_to_be_in_the_log_is_looked_for_at_once_and_then_less_often(int emptyReads, int expectedMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), TailPacing.Next(emptyReads, isAwaited: true, isWatched: false, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(20)));

    [Theory]
    [InlineData(0, 20, 2)]
    [InlineData(40, 20, 10)]
    [InlineData(1_000_000, 20, 20)]
    [InlineData(0, 300, 30)]
    [InlineData(200, 300, 50)]
    [InlineData(1_000_000, 300, 300)]
    public void A_watched_log_is_read_the_less_the_longer_it_was_quiet(int quietMs, int slowestMs, int expectedMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), TailPacing.Next(1, isAwaited: false, isWatched: true, TimeSpan.FromMilliseconds(quietMs), TimeSpan.FromMilliseconds(slowestMs)));
}
