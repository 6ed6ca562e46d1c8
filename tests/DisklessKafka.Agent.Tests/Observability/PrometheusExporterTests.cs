using System.Diagnostics;
using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Observability;
using Xunit;

namespace DisklessKafka.Agent.Tests.Observability;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = AgentMeter.Create();
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new(_meter);

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    private string[] Lines(string prefix) => [.. _exporter.Scrape().Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal))];

    [Fact]
    public void A_counter_is_summed_by_its_labels_and_ends_in_total()
    {
        var counter = _meter.CreateCounter<long>("diskless.requests", "{request}", "Requests");
        counter.Add(1, new KeyValuePair<string, object?>("api", "Fetch"));
        counter.Add(2, new KeyValuePair<string, object?>("api", "Produce"));
        counter.Add(3, new KeyValuePair<string, object?>("api", "Fetch"));
        Assert.Equal(["diskless_requests_total{api=\"Fetch\"} 4", "diskless_requests_total{api=\"Produce\"} 2"], Lines("diskless_requests"));
        Assert.Contains("# HELP diskless_requests_total Requests\n# TYPE diskless_requests_total counter\n", _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var histogram = _meter.CreateHistogram("h", "s", "Times", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        foreach (var value in (double[])[0.5, 1, 1.5, 9]) histogram.Record(value);
        Assert.Equal(
            ["h_seconds_bucket{le=\"1\"} 2", "h_seconds_bucket{le=\"2\"} 3", "h_seconds_bucket{le=\"+Inf\"} 4", "h_seconds_sum 12", "h_seconds_count 4"],
            Lines("h_seconds"));
    }

    [Theory]
    [InlineData("a\"b", "a\\\"b")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("ä\u0001", "ä\u0001")]
    public void A_label_cannot_break_out_of_its_quotes(string value, string expected)
    {
        _meter.CreateCounter<long>("c").Add(1, new KeyValuePair<string, object?>("client", value));
        Assert.Equal([$"c_total{{client=\"{expected}\"}} 1"], Lines("c_total"));
    }

    [Fact]
    public void An_up_down_counter_adds_and_a_gauge_replaces()
    {
        var inFlight = _meter.CreateUpDownCounter<long>("in_flight");
        inFlight.Add(3);
        inFlight.Add(-1);
        var level = _meter.CreateGauge<double>("level");
        level.Record(3);
        level.Record(0.5);
        Assert.Equal(["in_flight 2"], Lines("in_flight"));
        Assert.Equal(["level 0.5"], Lines("level"));
    }

    [Fact]
    public void What_an_observable_instrument_no_longer_mentions_is_gone()
    {
        string[] alive = ["a", "b"];
        _meter.CreateObservableGauge("lag", () => alive.Select(name => new Measurement<long>(1, new KeyValuePair<string, object?>("agent", name))));
        Assert.Equal(2, Lines("lag{").Length);
        alive = ["b"];
        Assert.Equal(["lag{agent=\"b\"} 1"], Lines("lag{"));
    }

    [Fact]
    public void Another_agents_meter_in_the_same_process_is_not_mixed_in()
    {
        using var other = AgentMeter.Create();
        other.CreateCounter<long>("elsewhere").Add(1);
        Assert.Empty(Lines("elsewhere"));
    }

    [Fact]
    public void Labels_without_bound_end_in_one_overflow_series()
    {
        var counter = _meter.CreateCounter<long>("c");
        for (var i = 0; i < 3_000; i++) counter.Add(1, new KeyValuePair<string, object?>("client", i));
        Assert.Equal(2_001, Lines("c_total{").Length);
        Assert.Equal(["c_total{overflow=\"true\"} 1000"], Lines("c_total{overflow"));
    }

    [Fact]
    public void Concurrent_measurements_are_all_counted()
    {
        var counter = _meter.CreateCounter<long>("c");
        var histogram = _meter.CreateHistogram<double>("h");
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("worker", i % 10));
                histogram.Record(1);
            }
        });
        Assert.Equal(Enumerable.Repeat("8000", 10), Lines("c_total{").Select(line => line.Split(' ')[1]));
        Assert.Equal(["h_sum 80000"], Lines("h_sum"));
    }

    [Fact]
    public void Recording_into_a_known_series_allocates_nothing()
    {
        var histogram = _meter.CreateHistogram<double>("h", "s");
        var tag = new KeyValuePair<string, object?>("stage", "upload");
        for (var i = 0; i < 100; i++) histogram.Record(i, tag);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) histogram.Record(i, tag);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_about()
    {
        await AgentInstruments.UseAsync(_meter);
        var start = new ProcessStartInfo("promtool", "check metrics") { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        using var promtool = Process.Start(start) ?? throw new InvalidOperationException("promtool did not start; it comes with the Debian package prometheus");
        await promtool.StandardInput.WriteAsync(_exporter.Scrape());
        promtool.StandardInput.Close();
        var complaints = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.Equal((0, ""), (promtool.ExitCode, complaints));
    }

    [Fact]
    public async Task The_page_of_metrics_says_what_agents_measure()
    {
        await AgentInstruments.UseAsync(_meter);
        Configs.ReferencePages.AssertUpToDate("metrics.md", MetricReference.Page(_exporter));
    }
}
