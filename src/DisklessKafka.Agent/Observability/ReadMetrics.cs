using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Observability;

/// <summary>The read path: what was served from where.</summary>
public sealed class ReadMetrics(Meter meter)
{
    private static readonly KeyValuePair<string, object?> HitTag = new("result", "hit");
    private static readonly KeyValuePair<string, object?> MissTag = new("result", "miss");
    private static readonly KeyValuePair<string, object?> SharedTag = new("result", "shared");

    private readonly Counter<long> _bytes = meter.CreateCounter<long>("diskless.fetched", "By", "Bytes of batches sent to consumers");
    private readonly Counter<long> _lookups = meter.CreateCounter<long>("diskless.cache.lookups", "{chunk}", "Chunks asked of the cache, by result: hit, miss, shared (another reader was already loading it)");
    private readonly Counter<long> _evicted = meter.CreateCounter<long>("diskless.cache.evicted", "By", "Bytes dropped from the cache");
    private readonly Histogram<double> _wait = meter.CreateHistogram<double>("diskless.fetch.wait.duration", "s", "How long fetches waited for data to arrive");
    private readonly Histogram<double> _load = meter.CreateHistogram<double>("diskless.fetch.load.duration", "s", "How long fetches waited for bytes that were not in the cache");

    public void Fetched(long bytes) => _bytes.Add(bytes);

    public void CacheHit() => _lookups.Add(1, HitTag);

    public void CacheMiss() => _lookups.Add(1, MissTag);

    public void CacheShared() => _lookups.Add(1, SharedTag);

    public void Evicted(long bytes) => _evicted.Add(bytes);

    public void Waited(TimeSpan time) => _wait.Record(time.TotalSeconds);

    public void Loaded(TimeSpan time) => _load.Record(time.TotalSeconds);

    /// <summary>Gauges over the cache.</summary>
    public void Observe(Func<long> cachedBytes, Func<long> cacheLimitBytes, Func<int> coldReads)
    {
        meter.CreateObservableGauge("diskless.cache", cachedBytes, "By", "Bytes in the cache");
        meter.CreateObservableGauge("diskless.cache.limit", cacheLimitBytes, "By", "Bytes the cache may hold");
        meter.CreateObservableGauge("diskless.cold_reads", coldReads, "{read}", "Reads of old data under way");
    }
}
