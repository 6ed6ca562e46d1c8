using DisklessKafka.Load;
using Xunit;

namespace DisklessKafka.Compatibility.Tests.Checking;

/// <summary>The load generator's histogram: figures that are published must not come from a wrong bucket.</summary>
public sealed class LatencyHistogramTests
{
    private readonly LatencyHistogram _histogram = new();

    [Fact]
    public void Every_value_is_known_to_within_a_sixty_fourth()
    {
        for (long micros = 0; micros < 4_000_000_000; micros = (micros * 9 / 8) + 1)
        {
            _histogram.Clear();
            _histogram.Record(TimeSpan.FromMicroseconds(micros));
            _histogram.Record(TimeSpan.FromMicroseconds(uint.MaxValue)); // keeps the largest value from capping the answer
            var found = _histogram.Quantile(0.5).TotalMicroseconds;
            Assert.InRange(found, micros, micros + (micros / 64.0) + 1);
        }
    }

    [Fact]
    public void Quantiles_of_known_values_come_out()
    {
        for (var i = 1; i <= 1_000; i++)
            _histogram.Record(TimeSpan.FromMilliseconds(i));
        Assert.Equal(1_000, _histogram.Count);
        Assert.InRange(_histogram.Quantile(0.5).TotalMilliseconds, 500, 508);
        Assert.InRange(_histogram.Quantile(0.99).TotalMilliseconds, 990, 1_000);
        Assert.Equal(1_000, _histogram.Quantile(1).TotalMilliseconds);
    }

    [Fact]
    public void An_empty_histogram_answers_zero() => Assert.Equal(TimeSpan.Zero, _histogram.Quantile(0.99));
}
