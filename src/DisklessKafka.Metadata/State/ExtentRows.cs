using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Extents as snapshots hold them: by their difference to the one before, which makes about 14 bytes of 40.</summary>
internal static class ExtentRows
{
    /// <param name="previous">The one before in the same partition and frame; the default for the first.</param>
    public static SnapshotExtents.ExtentRow Encode(in Extent extent, in Extent previous) => new()
    {
        Skip = extent.BaseOffset - previous.EndOffset,
        Offsets = (uint)extent.OffsetCount,
        Time = extent.MaxTimestampMs - previous.MaxTimestampMs,
        Session = (uint)extent.SegmentSession,
        Sequence = extent.SegmentSequence - previous.SegmentSequence,
        Position = (uint)extent.Position,
        Length = (uint)extent.Length,
    };

    /// <inheritdoc cref="Encode"/>
    public static Extent Decode(in SnapshotExtents.ExtentRow row, in Extent previous) => new(
        previous.EndOffset + row.Skip, previous.MaxTimestampMs + row.Time, previous.SegmentSequence + row.Sequence,
        (int)row.Session, (int)row.Offsets, (int)row.Position, (int)row.Length);
}
