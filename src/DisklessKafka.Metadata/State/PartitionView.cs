using DisklessKafka.Metadata.State.Transactions;

namespace DisklessKafka.Metadata.State;

/// <summary>One partition as it was after one whole entry. Never changes; may be kept as long as one likes.</summary>
public sealed class PartitionView
{
    private PartitionView? _previous;

    internal PartitionView(PartitionView? previous) => _previous = previous;

    /// <summary>The entry that made this view: the cluster's entries are numbered from 1 in log order.</summary>
    public required long Version { get; init; }

    /// <summary>The first offset that may still be read.</summary>
    public required long LogStartOffset { get; init; }

    /// <summary>The offset that the next record gets; all before it are committed and readable.</summary>
    public required long HighWatermark { get; init; }

    /// <summary>The first offset that belongs to an open transaction, or the high watermark.</summary>
    public required long LastStableOffset { get; init; }

    /// <summary>Of all extents together.</summary>
    public required long SizeBytes { get; init; }

    public required ExtentMap Extents { get; init; }

    /// <summary>Ends of transactions: offsets without bytes, between the extents.</summary>
    public required MarkerMap Markers { get; init; }

    /// <summary>The view before this one, until this one is itself replaced; null then and for the first.</summary>
    internal PartitionView? Previous => Volatile.Read(ref _previous);

    /// <summary>Called when a newer view takes this one's place, so that views do not keep all their past alive.</summary>
    internal void ForgetPrevious() => Volatile.Write(ref _previous, null);
}
