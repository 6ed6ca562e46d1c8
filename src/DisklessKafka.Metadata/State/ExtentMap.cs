using System.Diagnostics;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// The extents of one partition in offset order, as they were at one entry. Maps share memory: appending yields a new
/// map over the same chunks, and because an older map never looks past its own count, its readers need no lock while
/// the apply turn writes behind their end.
/// <para>
/// Only the newest map of a partition may be appended to, trimmed or replaced, and only on the apply turn: two maps
/// that grew from the same one would write into the same slots.
/// </para>
/// </summary>
public readonly struct ExtentMap
{
    // 64 extents are 2,560 bytes: half a chunk of slack at either end of a partition is then at most 2.5 KiB, and the
    // array header and its slot in the directory cost half a byte an extent.
    private const int ChunkShift = 6;
    private const int ChunkSize = 1 << ChunkShift;
    private const int FirstChunkSize = 4; // a partition with few extents pays for few

    private readonly Extent[][]? _chunks; // all full but the last; slots past the last chunk are null or not yet ours
    private readonly int _skip;           // extents trimmed off the first chunk, below ChunkSize

    private ExtentMap(Extent[][]? chunks, int skip, int count) => (_chunks, _skip, Count) = (chunks, skip, count);

    /// <summary>How many extents.</summary>
    public int Count { get; }

    public bool IsEmpty => Count == 0;

    /// <exception cref="ArgumentOutOfRangeException">The index is not below <see cref="Count"/>.</exception>
    public ref readonly Extent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var at = index + _skip;
            return ref _chunks![at >> ChunkShift][at & (ChunkSize - 1)];
        }
    }

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
    public static ExtentMap Of(ReadOnlySpan<Extent> extents)
    {
        if (extents.IsEmpty) return default;
        var chunks = new Extent[(extents.Length + ChunkSize - 1) >> ChunkShift][];
        for (var chunk = 0; chunk < chunks.Length; chunk++)
        {
            var rest = extents[(chunk << ChunkShift)..];
            chunks[chunk] = rest[..Math.Min(ChunkSize, rest.Length)].ToArray();
        }

        return new ExtentMap(chunks, 0, extents.Length);
    }

    /// <summary>This map and one extent more, which must not begin before the last one ends. This map stays as it is.</summary>
    internal ExtentMap Append(in Extent extent)
    {
        Debug.Assert(Count == 0 || extent.BaseOffset >= this[Count - 1].EndOffset, "extents ascend");
        if (_chunks is null) return new ExtentMap([NewChunk(FirstChunkSize, extent)], 0, 1);

        var at = _skip + Count;
        var chunk = at >> ChunkShift;
        var slot = at & (ChunkSize - 1);
        var chunks = chunk < _chunks.Length ? _chunks : Grown(_chunks);
        if (slot == 0) chunks[chunk] = NewChunk(chunk == 0 ? FirstChunkSize : ChunkSize, extent);
        else if (slot < chunks[chunk].Length) chunks[chunk][slot] = extent;
        else chunks[chunk] = Grown(chunks[chunk], extent); // the same extents in the same slots: older maps may see either array
        return new ExtentMap(chunks, _skip, Count + 1);
    }

    /// <summary>This map without its first <paramref name="count"/> extents. Whole chunks are let go of; the cost is a copy of the directory for each.</summary>
    internal ExtentMap TrimHead(int count)
    {
        Debug.Assert((uint)count <= (uint)Count, "no more than there are");
        if (count == Count) return default;
        var skip = _skip + count;
        var whole = skip >> ChunkShift;
        return whole == 0
            ? new ExtentMap(_chunks, skip, Count - count)
            : new ExtentMap(_chunks.AsSpan(whole).ToArray(), skip & (ChunkSize - 1), Count - count);
    }

    private static Extent[] NewChunk(int size, in Extent first)
    {
        var chunk = new Extent[size];
        chunk[0] = first;
        return chunk;
    }

    private static Extent[] Grown(Extent[] chunk, in Extent next)
    {
        var grown = new Extent[Math.Min(chunk.Length * 2, ChunkSize)];
        chunk.CopyTo(grown, 0);
        grown[chunk.Length] = next;
        return grown;
    }

    private static Extent[][] Grown(Extent[][] chunks)
    {
        var grown = new Extent[chunks.Length + Math.Max(1, chunks.Length / 2)][];
        chunks.CopyTo(grown, 0);
        return grown;
    }
}
