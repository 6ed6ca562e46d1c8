using System.Diagnostics;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// The extents of one partition in offset order, as they were at one entry. Maps share memory, see <see cref="SharedList{T}"/>:
/// only the newest map of a partition may be appended to, trimmed or replaced, and only on the apply turn.
/// </summary>
public readonly struct ExtentMap
{
    private readonly SharedList<Extent> _extents;

    private ExtentMap(SharedList<Extent> extents) => _extents = extents;

    /// <summary>How many extents.</summary>
    public int Count => _extents.Count;

    public bool IsEmpty => Count == 0;

    /// <exception cref="ArgumentOutOfRangeException">The index is not below <see cref="Count"/>.</exception>
    public ref readonly Extent this[int index] => ref _extents[index];

    /// <summary>The extent that holds the offset, or the first behind it where the offset lies in a gap.</summary>
    /// <returns><see cref="Count"/> if every extent ends at or before the offset.</returns>
    public int IndexOf(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (this[middle].EndOffset <= offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The first extent, from <paramref name="start"/> on, that may hold a record of that time or later; <see cref="Count"/> if none.</summary>
    /// <remarks>Timestamps do not ascend, so this is a scan: 64 extents fit a chunk, a million take about a millisecond.</remarks>
    public int IndexOfTimestamp(long timestampMs, int start = 0)
    {
        for (var index = start; index < Count; index++)
            if (this[index].MaxTimestampMs >= timestampMs)
                return index;
        return Count;
    }

    /// <summary>Copies a range out, so that a plan can outlive the map.</summary>
    public void CopyTo(int index, Span<Extent> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = this[index + i];
    }

    /// <summary>A map of its own over the given extents, in offset order: what a merge puts in place of many small ones.</summary>
    public static ExtentMap Of(ReadOnlySpan<Extent> extents) => new(SharedList<Extent>.Of(extents));

    /// <summary>This map and one extent more, which must not begin before the last one ends. This map stays as it is.</summary>
    internal ExtentMap Append(in Extent extent)
    {
        Debug.Assert(Count == 0 || extent.BaseOffset >= this[Count - 1].EndOffset, "extents ascend");
        return new ExtentMap(_extents.Append(extent));
    }

    /// <summary>This map without its first <paramref name="count"/> extents.</summary>
    internal ExtentMap TrimHead(int count) => new(_extents.TrimHead(count));
}
