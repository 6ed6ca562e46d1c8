using DisklessKafka.Simulation.Machines;

namespace DisklessKafka.Simulation.Faults;

/// <summary>What befalls the metadata log or the object store, and so everybody.</summary>
internal sealed class ServiceFaults(SimulatedCluster cluster, bool mayRewind, Random random)
{
    /// <summary>Entries that a rewind may lose: fewer than lie between two snapshots, or there might be none left to begin from.</summary>
    public const int LongestRewind = 40;

    private readonly LogWeather _log = cluster.Services.LogWeather;
    private readonly StoreWeather _store = cluster.Services.StoreWeather;

    /// <summary>What befalls the log befalls nobody where that is in the store.</summary>
    private const int FirstOfStore = 6;

    public Fault Draw() => random.Next(cluster.Services.LogInBucket ? FirstOfStore : 0, 11) switch
    {
        0 => new Fault("the log is away", () => _log.IsDown = true, Seconds(0.5, 30), () => _log.IsDown = false),
        1 => new Fault("the log fails at times", () => _log.Failures = 0.3, Seconds(2, 40), () => _log.Failures = 0),
        2 or 3 => new Fault("the log's answers get lost", () => _log.Doubts = 0.3, Seconds(2, 40), () => _log.Doubts = 0),
        4 => new Fault("an old transaction hides the log's end", () => _log.Hidden = 0.3, Seconds(2, 40), () => _log.Hidden = 0),
        5 => new Fault("the log's clock is set", SkewLog, Seconds(0.1, 1), () => { }),
        6 => new Fault("the store fails at times", () => _store.Failures = random.Next(2) == 0 ? 0.3 : 0.95, Seconds(2, 40), () => _store.Failures = 0),
        7 => new Fault("the store does not answer at times", () => _store.Hangs = 0.2, Seconds(2, 40), () => _store.Hangs = 0),
        8 => new Fault("a part of the store takes nothing", () => _store.BadKeys = random.Next(2, 5), Seconds(15, 60), () => _store.BadKeys = 0),
        9 => new Fault("the store is slow", () => _store.Slowness = random.Next(5, 100), Seconds(2, 40), () => _store.Slowness = 1),
        _ => new Fault("the store's answers are damaged and its listings old", Spoil, Seconds(2, 30), Unspoil),
    };

    /// <summary>Loses the newest entries for good, acknowledged ones among them.</summary>
    public void Rewind()
    {
        var count = random.Next(1, LongestRewind);
        cluster.MayHaveLost = true;
        cluster.LastRewind = cluster.Now;
        var lost = cluster.Services.Log.Rewind(count);
        var beginning = cluster.Services.LogNode.Clock.GetUtcNow() - cluster.Services.LogNode.Clock.Elapsed;
        cluster.FirstLost = lost.Count == 0 ? cluster.Now : lost.Min(entry => (entry.TimestampMs - beginning.ToUnixTimeMilliseconds()) * 1_000);
        cluster.Log.Write("FAULT", $"the log loses its newest {lost.Count} entries");
    }

    /// <summary>
    /// As a fail-over to a server whose clock is wrong: a little back, or on past a session's time-out. Not where the log is
    /// rewound: its entries' times tell what got lost.
    /// </summary>
    private void SkewLog()
    {
        if (!mayRewind) cluster.Services.LogNode.Clock.Skew += TimeSpan.FromSeconds(random.Next(3) == 0 ? random.Next(10, 60) : random.Next(-20, 5));
    }

    private void Spoil()
    {
        _store.Corruptions = cluster.Services.LogInBucket ? 0.02 : 0.2; // a log that is damaged each time one looks is one that cannot be read
        _store.ListingLag = TimeSpan.FromSeconds(random.Next(1, 60));
    }

    private void Unspoil()
    {
        _store.Corruptions = 0;
        _store.ListingLag = TimeSpan.Zero;
    }

    private TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble() * random.NextDouble()));
}
