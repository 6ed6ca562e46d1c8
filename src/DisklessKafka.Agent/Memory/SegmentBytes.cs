using System.Buffers;

namespace DisklessKafka.Agent.Memory;

/// <summary>
/// Bytes [<see cref="Position"/>, <see cref="End"/>) of one segment object in memory, shared by everyone who holds a lease:
/// the upload, the cache, replies on their way to the socket. The last lease to be released frees the memory.
/// </summary>
public sealed class SegmentBytes
{
    private readonly Part[] _parts;
    private readonly Action<SegmentBytes>? _free;
    private HashSet<long>? _checked; // positions of extents: a few dozen in most chunks, at most one for each batch in it
    private int _leases = 1;

    /// <param name="memories">The bytes in order, none of them empty. Owned from here on.</param>
    /// <param name="free">Called once, when the last lease is gone.</param>
    public SegmentBytes(long position, IReadOnlyList<ReadOnlyMemory<byte>> memories, long heldBytes, Action<SegmentBytes>? free)
    {
        _parts = Part.Chain(memories);
        Position = position;
        Length = _parts.Length == 0 ? 0 : _parts[^1].RunningIndex + _parts[^1].Memory.Length;
        HeldBytes = heldBytes;
        _free = free;
    }

    /// <summary>Where in the object these bytes begin.</summary>
    public long Position { get; }

    public long Length { get; }

    public long End => Position + Length;

    /// <summary>Memory that these bytes keep from other use: what a cache counts. At least <see cref="Length"/>.</summary>
    public long HeldBytes { get; }

    /// <summary>All of it. Valid while a lease is held.</summary>
    public ReadOnlySequence<byte> Sequence => _parts.Length == 0 ? default : new(_parts[0], 0, _parts[^1], _parts[^1].Memory.Length);

    /// <summary>Whether somebody has found the extent that begins there to be undamaged.</summary>
    public bool IsChecked(long position)
    {
        lock (_parts) return _checked?.Contains(position) ?? false;
    }

    public void MarkChecked(long position)
    {
        lock (_parts) (_checked ??= []).Add(position);
    }

    /// <summary>Takes a lease unless the memory is already freed.</summary>
    public bool TryLease()
    {
        var seen = Volatile.Read(ref _leases);
        while (seen > 0)
        {
            var witnessed = Interlocked.CompareExchange(ref _leases, seen + 1, seen);
            if (witnessed == seen) return true;
            seen = witnessed;
        }

        return false;
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref _leases);
        if (left < 0) throw new InvalidOperationException("a lease on segment bytes was released twice");
        if (left == 0) _free?.Invoke(this);
    }

    /// <summary>The bytes [position, position + length) of the object, which must lie within these. No copy, no allocation.</summary>
    public ReadOnlySequence<byte> Slice(long position, long length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, Position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position + length, End);
        if (length == 0) return ReadOnlySequence<byte>.Empty;
        var from = position - Position;
        var first = Find(from);
        var last = Find(from + length - 1);
        return new(_parts[first], (int)(from - _parts[first].RunningIndex), _parts[last], (int)(from + length - _parts[last].RunningIndex));
    }

    private int Find(long index)
    {
        int low = 0, high = _parts.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_parts[middle].RunningIndex <= index) low = middle; else high = middle - 1;
        }

        return low;
    }

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public static Part[] Chain(IReadOnlyList<ReadOnlyMemory<byte>> memories)
        {
            var chain = new Part[memories.Count];
            var running = 0L;
            for (var i = 0; i < chain.Length; i++)
            {
                chain[i] = new Part { Memory = memories[i], RunningIndex = running };
                running += memories[i].Length;
                if (i > 0) chain[i - 1].Next = chain[i];
            }

            return chain;
        }
    }
}
