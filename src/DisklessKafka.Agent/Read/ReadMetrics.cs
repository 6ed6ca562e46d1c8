using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Read;

/// <summary>What the read path counts.</summary>
public sealed class ReadMetrics
{
    private static readonly KeyValuePair<string, object?>[] TemperatureTags = [new("temperature", "tail"), new("temperature", "cold")];

    private readonly Meter _meter;
    private readonly Counter<long> _hits;
    private readonly Counter<long> _misses;
    private readonly Counter<long> _chunkBytes;
    private readonly Counter<long> _servedBytes;

    public ReadMetrics(Meter meter)
    {
        _meter = meter;
        _hits = meter.CreateCounter<long>("diskless.cache.hits", "{lookups}", "Reads answered from memory.");
        _misses = meter.CreateCounter<long>("diskless.cache.misses", "{lookups}", "Reads that had to wait for an object GET, own or joined.");
        _chunkBytes = meter.CreateCounter<long>("diskless.cache.read", "By", "Bytes read from the object store into the cache.");
        _servedBytes = meter.CreateCounter<long>("diskless.fetch.records", "By", "Bytes of records handed to fetch replies.");
    }

    internal void ObserveCache(Func<long> tailBytes, Func<long> coldBytes) => _meter.CreateObservableGauge(
        "diskless.cache.held",
        () => new Measurement<long>[] { new(tailBytes(), TemperatureTags[0]), new(coldBytes(), TemperatureTags[1]) },
        "By",
        "Memory the cache holds.");

    internal void Hit(ReadTemperature temperature) => _hits.Add(1, TemperatureTags[(int)temperature]);

    internal void Miss(ReadTemperature temperature) => _misses.Add(1, TemperatureTags[(int)temperature]);

    internal void ChunkRead(int bytes) => _chunkBytes.Add(bytes);

    internal void Served(long bytes) => _servedBytes.Add(bytes);
}
