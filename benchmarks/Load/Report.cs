using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DisklessKafka.Load;

/// <summary>One JSON object a run, on standard output; everything else goes to standard error.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public const double Mebi = 1 << 20;

    public static void Print(JsonObject report) => Console.Out.WriteLine(report.ToJsonString(Indented));

    public static void Note(string text) => Console.Error.WriteLine(text);

    /// <returns>Null for what is not a number: a figure for each GiB where there was none.</returns>
    public static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;

    /// <summary>In milliseconds.</summary>
    public static JsonObject Percentiles(LatencyHistogram histogram) => new()
    {
        ["count"] = histogram.Count,
        ["p50"] = Milliseconds(histogram, 0.5),
        ["p90"] = Milliseconds(histogram, 0.9),
        ["p99"] = Milliseconds(histogram, 0.99),
        ["p999"] = Milliseconds(histogram, 0.999),
        ["max"] = Milliseconds(histogram, 1),
    };

    private static double? Milliseconds(LatencyHistogram histogram, double share) => Round(histogram.Quantile(share).TotalMilliseconds);
}
