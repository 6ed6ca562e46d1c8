using System.Text;

namespace DisklessKafka.Agent.Observability;

/// <summary>One set of labels of one metric, and its numbers. Writers never wait for each other or for a scrape.</summary>
internal sealed class MetricSeries
{
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly double[] _bounds;
    private readonly long[] _buckets;
    private double _sum;

    /// <param name="bounds">Upper bounds of a histogram's buckets, ascending, without infinity; empty for other kinds.</param>
    /// <param name="next">The series before this one whose labels have the same hash.</param>
    public MetricSeries(ReadOnlySpan<KeyValuePair<string, object?>> tags, double[] bounds, MetricSeries? next)
    {
        _tags = tags.ToArray();
        _bounds = bounds;
        _buckets = new long[bounds.Length + 1];
        Next = next;
        Labels = LabelsOf(_tags);
    }

    public MetricSeries? Next { get; }

    /// <summary>Without braces, ready to print; empty where there are none.</summary>
    public string Labels { get; }

    /// <summary>False until the first measurement of a scrape, for observable instruments: labels that vanished are not printed.</summary>
    public bool IsFresh { get; set; } = true;

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _tags.Length) return false;
        for (var i = 0; i < tags.Length; i++)
            if (!string.Equals(tags[i].Key, _tags[i].Key, StringComparison.Ordinal) || !Equals(tags[i].Value, _tags[i].Value))
                return false;
        return true;
    }

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _sum);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _sum, seen + value, seen);
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen)) return;
            seen = before;
        }
    }

    public void Set(double value) => Volatile.Write(ref _sum, value);

    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket]) bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    public void Write(StringBuilder text, string name, MetricKind kind)
    {
        if (kind != MetricKind.Histogram)
        {
            Line(text, name, "", PrometheusNames.Number(Volatile.Read(ref _sum)));
            return;
        }
        long below = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            below += Volatile.Read(ref _buckets[i]);
            var bound = i < _bounds.Length ? PrometheusNames.Number(_bounds[i]) : "+Inf";
            Line(text, name + "_bucket", $"le=\"{bound}\"", PrometheusNames.Number(below));
        }
        Line(text, name + "_sum", "", PrometheusNames.Number(Volatile.Read(ref _sum)));
        Line(text, name + "_count", "", PrometheusNames.Number(below)); // must equal the last bucket, also while others record
    }

    private void Line(StringBuilder text, string name, string extraLabel, string value)
    {
        text.Append(name);
        if (Labels.Length + extraLabel.Length > 0)
            text.Append('{').Append(Labels).Append(Labels.Length > 0 && extraLabel.Length > 0 ? "," : "").Append(extraLabel).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string LabelsOf(KeyValuePair<string, object?>[] tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(PrometheusNames.Label(key)).Append("=\"");
            PrometheusNames.AppendLabelValue(text, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "");
            text.Append('"');
        }
        return text.ToString();
    }
}
