using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata;

/// <summary>How a replica behaves. The defaults are for production.</summary>
public sealed record ReplicaOptions
{
    /// <summary>
    /// A snapshot is due once the log's tail is as large as the last snapshot and at least this: then writing snapshots
    /// costs no more than the log itself, and a start reads at most twice the state.
    /// </summary>
    public long SnapshotTailBytes { get; init; } = 16L << 20;

    /// <summary>A snapshot is also due after this many entries, however small: replaying them is about a second's work.</summary>
    public long SnapshotTailEntries { get; init; } = 50_000;

    /// <summary>False: this agent never writes snapshots, and so never trims the log.</summary>
    public bool WritesSnapshots { get; init; } = true;

    /// <summary>The newest feature level that this agent understands; lower only where a test stands for older software.</summary>
    public short NewestFeatureLevel { get; init; } = FeatureLevels.Newest;

    /// <summary>What one read of the log may return: bounds the memory of a replica that catches up.</summary>
    public int ReadBytes { get; init; } = 4 << 20;

    /// <summary>
    /// The longest pause between two reads of a quiet log while somebody waits for what other agents may write: the half
    /// of it is what a quiet topic's first record takes longer.
    /// </summary>
    public TimeSpan WatchedPause { get; init; } = TimeSpan.FromMilliseconds(20);
}
