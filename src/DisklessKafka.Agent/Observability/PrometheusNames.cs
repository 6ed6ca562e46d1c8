using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DisklessKafka.Agent.Observability;

/// <summary>Prometheus' conventions for names, labels and numbers.</summary>
internal static class PrometheusNames
{
    /// <summary>diskless.request.duration in s becomes diskless_request_duration_seconds; counters end in _total.</summary>
    public static string Of(Instrument instrument, MetricKind kind)
    {
        var name = new StringBuilder(instrument.Name.Length + 16);
        foreach (var letter in instrument.Name) name.Append(char.IsAsciiLetterOrDigit(letter) || letter == ':' ? letter : '_');
        if (char.IsAsciiDigit(name[0])) name.Insert(0, '_');

        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "By/s" => "_bytes_per_second",
            "1" => "_ratio",
            _ => "", // {things} are counted, not measured
        };
        if (!name.ToString().EndsWith(unit, StringComparison.Ordinal)) name.Append(unit);
        if (kind == MetricKind.Counter && !name.ToString().EndsWith("_total", StringComparison.Ordinal)) name.Append("_total");
        return name.ToString();
    }

    public static string Label(string key)
    {
        var name = new StringBuilder(key.Length);
        foreach (var letter in key) name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) name.Insert(0, '_');
        return name.ToString();
    }

    public static void AppendLabelValue(StringBuilder text, string value)
    {
        foreach (var letter in value)
            _ = letter switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(letter),
            };
    }

    public static string Help(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
