using System.Globalization;
using System.Text.Json.Nodes;

namespace DisklessKafka.Load;

/// <summary>What an agent itself measured of its produces between two moments: its histograms, read from its metrics page.</summary>
internal sealed class AgentMetrics
{
    private static readonly string[] Stages =
        ["diskless_request_added_seconds", "diskless_request_duration_seconds", "diskless_write_buffered_seconds", "diskless_write_upload_seconds", "diskless_write_commit_seconds"];

    private readonly Dictionary<string, double> _samples;

    private AgentMetrics(Dictionary<string, double> samples) => _samples = samples;

    /// <param name="address">HOST:PORT of the agent's own HTTP port.</param>
    public static async Task<AgentMetrics> ReadAsync(string address)
    {
        using var http = new HttpClient();
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in (await http.GetStringAsync($"http://{address}/metrics")).Split('\n'))
        {
            var space = line.LastIndexOf(' ');
            if (space > 0 && line[0] != '#' && double.TryParse(line.AsSpan(space + 1), CultureInfo.InvariantCulture, out var value))
                samples[line[..space]] = value;
        }

        return new AgentMetrics(samples);
    }

    /// <summary>Of each stage: count, mean, and bounds of its percentiles, in milliseconds.</summary>
    public JsonObject Since(AgentMetrics before)
    {
        var report = new JsonObject();
        foreach (var stage in Stages)
            report[stage["diskless_".Length..^"_seconds".Length].Replace('_', ' ')] = Describe(stage, before);
        return report;
    }

    /// <summary>What the agent asked of the metadata log, a second: calls by operation, entries and bytes appended.</summary>
    public JsonObject LogSince(AgentMetrics before, TimeSpan elapsed)
    {
        JsonObject report = [];
        foreach (var operation in (string[])["append", "read", "end"])
            report[$"{operation}s"] = PerSecond("diskless_log_duration_seconds_count", $"operation=\"{operation}\"");
        report["bytesAppended"] = PerSecond("diskless_log_appended", "");
        return report;

        double? PerSecond(string name, string filter) => Report.Round(Difference(name, filter, before) / elapsed.TotalSeconds);
    }

    private JsonObject Describe(string name, AgentMetrics before)
    {
        var filter = name == "diskless_request_duration_seconds" ? "api=\"Produce\"" : "";
        var count = Difference($"{name}_count", filter, before);
        var buckets = _samples.Keys
            .Where(key => key.StartsWith($"{name}_bucket", StringComparison.Ordinal) && key.Contains(filter, StringComparison.Ordinal))
            .Select(key => (Bound: BoundOf(key), Count: _samples[key] - before._samples.GetValueOrDefault(key)))
            .OrderBy(bucket => bucket.Bound)
            .ToArray();
        return new JsonObject
        {
            ["count"] = count,
            ["mean"] = Report.Round(1000 * Difference($"{name}_sum", filter, before) / count),
            ["p50AtMost"] = Quantile(buckets, 0.5 * count),
            ["p90AtMost"] = Quantile(buckets, 0.9 * count),
            ["p99AtMost"] = Quantile(buckets, 0.99 * count),
        };
    }

    private double Difference(string name, string filter, AgentMetrics before) => _samples.Keys
        .Where(key => key.StartsWith(name, StringComparison.Ordinal) && key.Contains(filter, StringComparison.Ordinal))
        .Sum(key => _samples[key] - before._samples.GetValueOrDefault(key));

    /// <summary>The bound of the bucket in which it lies: what it does not exceed.</summary>
    private static double? Quantile((double Bound, double Count)[] buckets, double rank) =>
        buckets.FirstOrDefault(bucket => bucket.Count >= rank) is { Bound: < double.PositiveInfinity and > 0 } found ? Report.Round(1000 * found.Bound) : null;

    private static double BoundOf(string key)
    {
        const string Label = "le=\"";
        var from = key.IndexOf(Label, StringComparison.Ordinal) + Label.Length;
        var text = key[from..key.IndexOf('"', from)];
        return text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
