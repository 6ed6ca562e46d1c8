using System.Runtime.InteropServices;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// A run of batches of one partition that lie side by side in one segment and in offsets. 40 bytes: ten million of
/// them must fit an agent at 64 bytes each, array overhead and slack included, so a field here is a decision.
/// </summary>
/// <param name="BaseOffset">Of the first record.</param>
/// <param name="MaxTimestampMs">The greatest record timestamp; not ascending from extent to extent.</param>
/// <param name="SegmentSequence">With <paramref name="SegmentSession"/>: the segment.</param>
/// <param name="OffsetCount">Offsets from the first to the last, gaps included; at least 1.</param>
/// <param name="Position">First byte within the segment.</param>
/// <param name="Length">In bytes; at least 1.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Extent(
    long BaseOffset, long MaxTimestampMs, long SegmentSequence, int SegmentSession, int OffsetCount, int Position, int Length)
{
    /// <summary>The offset after the last.</summary>
    public long EndOffset => BaseOffset + OffsetCount;

    public SegmentRef Segment => new(SegmentSession, SegmentSequence);
}
