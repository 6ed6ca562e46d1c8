using System.Globalization;
using DisklessKafka.Cli.Admin;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Where a group's offset goes to in a partition with the offsets 10 to 19.</summary>
public sealed class OffsetTargetTests
{
    private static readonly OffsetFacts Partition = new(Committed: 15, Start: 10, End: 20, Found: -1);

    [Fact]
    public void The_ends_are_the_partitions() => Assert.Equal((10, 20), (Of(OffsetTarget.Earliest, Partition), Of(OffsetTarget.Latest, Partition)));

    [Theory]
    [InlineData(9, 10)]
    [InlineData(10, 10)]
    [InlineData(20, 20)]
    [InlineData(21, 20)]
    public void An_offset_that_is_not_there_is_taken_for_the_nearest(long asked, long expected) => Assert.Equal(expected, Of(OffsetTarget.At(asked), Partition));

    [Theory]
    [InlineData(2, 17)]
    [InlineData(-2, 13)]
    [InlineData(long.MinValue, 10)]
    [InlineData(long.MaxValue, 20)]
    public void A_shift_counts_from_what_is_committed(long by, long expected) => Assert.Equal(expected, Of(OffsetTarget.Shifted(by), Partition));

    [Fact]
    public void Where_nothing_is_committed_there_is_nothing_to_shift() => Assert.Null(OffsetTarget.Shifted(1).Wanted(Partition with { Committed = null }));

    [Fact]
    public void A_time_behind_the_last_record_means_the_end()
    {
        var target = OffsetTarget.Since(DateTimeOffset.FromUnixTimeMilliseconds(1234));
        Assert.Equal(1234, target.LookupMs);
        Assert.Equal((12, 20), (Of(target, Partition with { Found = 12 }), Of(target, Partition)));
    }

    [Theory]
    [InlineData("2026-01-02", "2026-01-02T00:00:00Z")]
    [InlineData("2026-01-02T03:04", "2026-01-02T03:04:00Z")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.678", "2026-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z")]
    public void A_time_is_utc_unless_it_says_otherwise(string text, string expected)
    {
        Assert.True(OffsetTarget.TryParseTime(text, out var time));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("02/01/2026")]
    [InlineData("2026-13-01")]
    public void What_is_no_time_is_not_taken_for_one(string text) => Assert.False(OffsetTarget.TryParseTime(text, out _));

    private static long? Of(OffsetTarget target, OffsetFacts partition) => target.Wanted(partition) is { } wanted ? partition.Nearest(wanted) : null;
}
