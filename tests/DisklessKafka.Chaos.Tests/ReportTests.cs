using DisklessKafka.Chaos.Figures;
using DisklessKafka.Chaos.Report;
using Xunit;

namespace DisklessKafka.Chaos.Tests;

public sealed class ReportTests
{
    [Fact]
    public void A_report_says_the_same_in_both_formats_and_needs_nothing_from_elsewhere()
    {
        var document = new Document("A <run>");
        document.Section("What?");
        document.Show(["fault", "times"], [["kill | stop", "3"]]);
        document.Plot(new Plot("latency", "ms", [new("p50", [1, double.NaN, 100])], [new(0.5, 1.5, "kill")], 3, IsLogarithmic: true));
        var (markdown, html) = (MarkdownReport.Write(document), HtmlReport.Write(document));
        Assert.Contains("| kill \\| stop | 3 |", markdown, StringComparison.Ordinal);
        Assert.Contains("<td>kill | stop</td><td>3</td>", html, StringComparison.Ordinal);
        Assert.Contains("A &lt;run&gt;", html, StringComparison.Ordinal);
        Assert.Contains("<title>kill</title>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_breaks_where_it_has_no_value()
    {
        var svg = SvgPlot.Draw(new Plot("a", "b", [new("c", [1, 2, double.NaN, 4, 5])], [], 5));
        Assert.Equal(2, svg.Split('"').Single(part => part.StartsWith("M6", StringComparison.Ordinal)).Count(letter => letter == 'M'));
    }

    [Fact]
    public void Quantiles_are_the_smallest_durations_that_enough_do_not_exceed()
    {
        var quantiles = Quantiles.Of(Enumerable.Range(1, 100).Reverse().Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds)));
        Assert.Equal((50, 95, 99, 100), ((int)quantiles.P50.TotalMilliseconds, (int)quantiles.P95.TotalMilliseconds, (int)quantiles.P99.TotalMilliseconds, (int)quantiles.Longest.TotalMilliseconds));
    }
}
