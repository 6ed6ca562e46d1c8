using System.Diagnostics.Metrics;
using System.Text;

namespace DisklessKafka.Agent.Observability;

/// <summary>
/// Gathers what the instruments of one meter measure and writes it in Prometheus' text format (version 0.0.4).
/// Only this type and the HTTP endpoint know Prometheus; everything else knows <see cref="Meter"/>.
/// Must be made before the meter's instruments are used: what was measured earlier is not seen.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly Lock _scraping = new();
    private readonly List<MetricFamily> _families = [];

    public PrometheusExporter(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter)) return;
            var family = new MetricFamily(instrument);
            lock (_families) _families.Add(family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Measure(value, tags));
        _listener.Start();
    }

    /// <summary>What there is to see now. Scrapes take turns; writers do not wait for them.</summary>
    public string Scrape()
    {
        lock (_scraping)
        {
            var families = Families();
            foreach (var family in families) family.Forget();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 << 10);
            foreach (var family in families) family.Write(text);
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>By name; of instruments with the same name only the first is kept, as the format allows each name once.</summary>
    internal IReadOnlyList<MetricFamily> Families()
    {
        lock (_families) return [.. _families.DistinctBy(family => family.Name).OrderBy(family => family.Name, StringComparer.Ordinal)];
    }
}
