using System.Diagnostics;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// A list as it was at one entry. Lists share memory: appending yields a new list over the same chunks, and because an
/// older list never looks past its own count, its readers need no lock while the apply turn writes behind their end.
/// <para>
/// Only the newest list of a row may be appended to, trimmed or replaced, and only on the apply turn: two lists that grew
/// from the same one would write into the same slots.
/// </para>
/// </summary>
internal readonly struct SharedList<T> where T : struct
{
    // 64 extents are 2,560 bytes: half a chunk of slack at either end of a partition is then at most 2.5 KiB, and the
    // array header and its slot in the directory cost half a byte an extent.
    private const int ChunkShift = 6;
    private const int ChunkSize = 1 << ChunkShift;
    private const int FirstChunkSize = 4; // a partition with few pays for few

    private readonly T[][]? _chunks; // all full but the last; slots past the last chunk are null or not yet ours
    private readonly int _skip;      // trimmed off the first chunk, below ChunkSize

    private SharedList(T[][]? chunks, int skip, int count) => (_chunks, _skip, Count) = (chunks, skip, count);

    public int Count { get; }

    /// <exception cref="ArgumentOutOfRangeException">The index is not below <see cref="Count"/>.</exception>
    public ref readonly T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var at = index + _skip;
            return ref _chunks![at >> ChunkShift][at & (ChunkSize - 1)];
        }
    }

    /// <summary>A list of its own.</summary>
    public static SharedList<T> Of(ReadOnlySpan<T> items)
    {
        if (items.IsEmpty) return default;
        var chunks = new T[(items.Length + ChunkSize - 1) >> ChunkShift][];
        for (var chunk = 0; chunk < chunks.Length; chunk++)
        {
            var rest = items[(chunk << ChunkShift)..];
            chunks[chunk] = rest[..Math.Min(ChunkSize, rest.Length)].ToArray();
        }

        return new SharedList<T>(chunks, 0, items.Length);
    }

    /// <summary>This list and one more. This list stays as it is.</summary>
    public SharedList<T> Append(in T item)
    {
        if (_chunks is null) return new SharedList<T>([NewChunk(FirstChunkSize, item)], 0, 1);

        var at = _skip + Count;
        var chunk = at >> ChunkShift;
        var slot = at & (ChunkSize - 1);
        var chunks = chunk < _chunks.Length ? _chunks : Grown(_chunks);
        if (slot == 0) chunks[chunk] = NewChunk(chunk == 0 ? FirstChunkSize : ChunkSize, item);
        else if (slot < chunks[chunk].Length) chunks[chunk][slot] = item;
        else chunks[chunk] = Grown(chunks[chunk], item); // the same items in the same slots: older lists may see either array
        return new SharedList<T>(chunks, _skip, Count + 1);
    }

    /// <summary>This list without its first <paramref name="count"/>. Whole chunks are let go of; the cost is a copy of the directory for each.</summary>
    public SharedList<T> TrimHead(int count)
    {
        Debug.Assert((uint)count <= (uint)Count, "no more than there are");
        if (count == Count) return default;
        var skip = _skip + count;
        var whole = skip >> ChunkShift;
        return whole == 0
            ? new SharedList<T>(_chunks, skip, Count - count)
            : new SharedList<T>(_chunks.AsSpan(whole).ToArray(), skip & (ChunkSize - 1), Count - count);
    }

    private static T[] NewChunk(int size, in T first)
    {
        var chunk = new T[size];
        chunk[0] = first;
        return chunk;
    }

    private static T[] Grown(T[] chunk, in T next)
    {
        var grown = new T[Math.Min(chunk.Length * 2, ChunkSize)];
        chunk.CopyTo(grown, 0);
        grown[chunk.Length] = next;
        return grown;
    }

    private static T[][] Grown(T[][] chunks)
    {
        var grown = new T[chunks.Length + Math.Max(1, chunks.Length / 2)][];
        chunks.CopyTo(grown, 0);
        return grown;
    }
}
