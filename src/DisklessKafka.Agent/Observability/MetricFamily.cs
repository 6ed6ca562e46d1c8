using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace DisklessKafka.Agent.Observability;

/// <summary>One instrument and its series. Finding a series costs a hash of the labels and no allocation.</summary>
internal sealed class MetricFamily
{
    /// <summary>Series of one instrument; label sets beyond it share one, so that no client can make metrics grow without bound.</summary>
    public const int MaxSeries = 2_000;

    /// <summary>0.5 ms to 1 min: from a cache hit to a store in trouble.</summary>
    private static readonly double[] SecondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>1 KiB to 64 MiB in steps of four.</summary>
    private static readonly double[] BytesBounds = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 23, 1 << 24, 1 << 26];

    private static readonly double[] CountBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000];

    private static readonly KeyValuePair<string, object?>[] OverflowTags = [new("overflow", "true")];

    private readonly ConcurrentDictionary<int, MetricSeries> _byHash = new();
    private readonly Lock _adding = new();
    private readonly List<MetricSeries> _series = [];
    private readonly double[] _bounds;
    private readonly bool _isSet;

    public MetricFamily(Instrument instrument)
    {
        Instrument = instrument;
        Kind = KindOf(instrument);
        Name = PrometheusNames.Of(instrument, Kind);
        _bounds = Kind == MetricKind.Histogram ? BoundsOf(instrument) : [];
        _isSet = instrument.IsObservable || Kind == MetricKind.Gauge && !IsUpDown(instrument);
    }

    public Instrument Instrument { get; }
    public MetricKind Kind { get; }
    public string Name { get; }

    /// <summary>Upper bounds of a histogram's buckets; empty for other kinds.</summary>
    public double[] Bounds => _bounds;

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        series.IsFresh = true;
        if (Kind == MetricKind.Histogram) series.Record(value);
        else if (_isSet) series.Set(value);
        else series.Add(value);
    }

    /// <summary>Before a scrape asks observable instruments: what they do not mention any more is gone.</summary>
    public void Forget()
    {
        if (!Instrument.IsObservable) return;
        lock (_adding)
            foreach (var series in _series) series.IsFresh = false;
    }

    public void Write(StringBuilder text)
    {
        MetricSeries[] series;
        lock (_adding) series = [.. _series.Where(one => one.IsFresh).OrderBy(one => one.Labels, StringComparer.Ordinal)];
        if (series.Length == 0) return;
        text.Append("# HELP ").Append(Name).Append(' ').Append(PrometheusNames.Help(Instrument.Description ?? Instrument.Name)).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(TypeName).Append('\n');
        foreach (var one in series) one.Write(text, Name, Kind);
    }

    public string TypeName => Kind.ToString().ToLowerInvariant();

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = new HashCode();
        foreach (var tag in tags)
        {
            hash.Add(tag.Key);
            hash.Add(tag.Value);
        }
        var key = hash.ToHashCode();
        for (var series = _byHash.GetValueOrDefault(key); series is not null; series = series.Next)
            if (series.Has(tags))
                return series;
        return Add(key, tags);
    }

    private MetricSeries Add(int key, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            var first = _byHash.GetValueOrDefault(key);
            for (var series = first; series is not null; series = series.Next)
                if (series.Has(tags))
                    return series;
            if (_series.Count == MaxSeries) tags = OverflowTags;
            if (_series.Count > MaxSeries) return _series[^1];
            var added = new MetricSeries(tags, _bounds, first);
            _series.Add(added);
            if (_series.Count <= MaxSeries) _byHash[key] = added;
            return added;
        }
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        { Unit: "s" } => SecondsBounds,
        { Unit: "By" } => BytesBounds,
        _ => CountBounds,
    };

    private static MetricKind KindOf(Instrument instrument) => GenericName(instrument) switch
    {
        "Counter`1" or "ObservableCounter`1" => MetricKind.Counter,
        "Histogram`1" => MetricKind.Histogram,
        _ => MetricKind.Gauge,
    };

    private static bool IsUpDown(Instrument instrument) => GenericName(instrument) == "UpDownCounter`1";

    private static string GenericName(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type ? type.GetGenericTypeDefinition().Name : "";
}
