using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;

namespace DisklessKafka.Simulation.Faults;

/// <summary>How the object store behaves just now.</summary>
internal sealed class StoreWeather(Random random) : IObjectStoreFaults
{
    /// <summary>Share of calls that fail, some of them after they took effect, or are throttled.</summary>
    public double Failures { get; set; }

    /// <summary>Share of calls that are never answered, some of them after they took effect.</summary>
    public double Hangs { get; set; }

    /// <summary>One key of so many cannot be written, however often it is tried; 0: all can.</summary>
    public int BadKeys { get; set; }

    /// <summary>How many times slower than usual.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Share of reads with one wrong bit.</summary>
    public double Corruptions { get; set; }

    /// <summary>Listings do not show what was written within this time.</summary>
    public TimeSpan ListingLag { get; set; }

    /// <summary>Faults so far.</summary>
    public int Count { get; private set; }

    public ObjectStoreFault Next(ObjectStoreOperation operation, string key)
    {
        var delay = Delay(operation is ObjectStoreOperation.Put or ObjectStoreOperation.Create ? 40 : 12);
        if (operation == ObjectStoreOperation.Put && IsBad(key))
        {
            Count++;
            return new(ObjectStoreFaultKind.FailBefore, delay);
        }

        var draw = random.NextDouble();
        if (draw >= Failures + Hangs) return new(ObjectStoreFaultKind.None, delay);
        Count++;
        if (draw >= Failures) return new(random.Next(2) == 0 ? ObjectStoreFaultKind.HangBefore : ObjectStoreFaultKind.HangAfter, delay);
        return new(random.Next(3) switch { 0 => ObjectStoreFaultKind.FailBefore, 1 => ObjectStoreFaultKind.FailAfter, _ => ObjectStoreFaultKind.Throttle }, delay);
    }

    /// <summary>Whether this read shall be wrong.</summary>
    public bool Corrupts()
    {
        if (Corruptions == 0 || random.NextDouble() >= Corruptions) return false;
        Count++;
        return true;
    }

    /// <summary>A bit of that many bytes.</summary>
    public int AnyBit(int bytes) => random.Next(bytes * 8);

    public void Clear() => (Failures, Hangs, BadKeys, Slowness, Corruptions, ListingLag) = (0, 0, 0, 1, 0, TimeSpan.Zero);

    private bool IsBad(string key) => BadKeys > 0 && key.Aggregate(0u, (hash, letter) => (hash * 31) + letter) % (uint)BadKeys == 0;

    /// <summary>Most calls take about the median, some ten times as long.</summary>
    private TimeSpan Delay(double medianMs) => TimeSpan.FromMilliseconds(medianMs * Slowness * Math.Pow(10, (random.NextDouble() * random.NextDouble()) - 0.25));
}
