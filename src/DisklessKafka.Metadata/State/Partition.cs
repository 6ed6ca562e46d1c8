using DisklessKafka.Metadata.State.Transactions;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// One partition's place in the state: stays the same object for the partition's whole life, so that a reader may
/// keep it and a waiter can be keyed by it. Readers see <see cref="View"/> only; all else belongs to the apply turn.
/// </summary>
public sealed class Partition
{
    private PartitionView _view;

    internal Partition(int topicOrdinal, int index, long version)
    {
        TopicOrdinal = topicOrdinal;
        Index = index;
        Seed = StateHasher.Of((ulong)(uint)topicOrdinal << 32 | (uint)index);
        _view = ViewOf(version, previous: null);
    }

    /// <summary>The topic's number in the state, never reused: what hot commands carry instead of names.</summary>
    public int TopicOrdinal { get; }

    public int Index { get; }

    /// <summary>The newest published view. One volatile load; never null, never half an entry.</summary>
    public PartitionView View => Volatile.Read(ref _view);

    // The apply turn's working copy; becomes a view when the entry is through.
    internal long LogStartOffset;
    internal long NextOffset;
    internal long SizeBytes;
    internal ExtentMap Extents;
    internal MarkerMap Markers;
    internal SortedSet<long>? OpenTransactions;          // first offsets here; null until a transaction writes here
    internal Dictionary<long, ProducerEntry>? Producers; // null until an idempotent producer writes here
    internal bool IsDirty;                               // differs from the view, and is in the state's list of those
    internal readonly ulong Seed;                        // of every hash of something in this partition

    /// <summary>The first offset that belongs to an open transaction, or the next one.</summary>
    internal long FirstOpenOffset => OpenTransactions is { Count: > 0 } open ? open.Min : NextOffset;

    /// <summary>Makes the working copy visible. Its predecessor stays reachable until the next time, for readers that want all partitions as of one entry.</summary>
    internal void Publish(long version)
    {
        var old = _view;
        old.ForgetPrevious();
        Volatile.Write(ref _view, ViewOf(version, old));
        IsDirty = false;
    }

    private PartitionView ViewOf(long version, PartitionView? previous) => new(previous)
    {
        Version = version,
        LogStartOffset = LogStartOffset,
        HighWatermark = NextOffset,
        LastStableOffset = Math.Max(FirstOpenOffset, LogStartOffset),
        SizeBytes = SizeBytes,
        Extents = Extents,
        Markers = Markers,
    };
}
