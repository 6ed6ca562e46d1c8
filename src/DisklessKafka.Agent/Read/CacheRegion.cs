using DisklessKafka.Agent.Memory;
using System.Diagnostics.CodeAnalysis;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Segment bytes under a budget, least recently used out first. The region holds one lease on each of its entries;
/// memory of an evicted entry lives on until the last reply that uses it is written, which the reply's own bound covers.
/// </summary>
internal sealed class CacheRegion(long budgetBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ChunkKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new(); // first = used last
    private long _heldBytes;

    /// <summary>Bytes of memory that entries keep from other use. At most the budget, plus the newest entry if that alone is larger.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    public int Count
    {
        get { lock (_gate) return _entries.Count; }
    }

    /// <summary>A leased entry; the caller releases it.</summary>
    public bool TryLease(ChunkKey key, [MaybeNullWhen(false)] out SegmentBytes bytes)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var node) && node.Value.Bytes.TryLease())
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                bytes = node.Value.Bytes;
                return true;
            }
        }

        bytes = null;
        return false;
    }

    /// <summary>Takes its own lease on the bytes and evicts what no longer fits.</summary>
    public void Add(ChunkKey key, SegmentBytes bytes)
    {
        List<SegmentBytes>? evicted = null;
        lock (_gate)
        {
            if (_entries.ContainsKey(key) || !bytes.TryLease()) return;
            _entries.Add(key, _byUse.AddFirst(new Entry(key, bytes)));
            _heldBytes += bytes.HeldBytes;
            while (_heldBytes > budgetBytes && _byUse.Last is { } oldest && oldest.Value.Key != key)
                (evicted ??= []).Add(Take(oldest));
        }

        if (evicted is null) return;
        foreach (var old in evicted) old.Release(); // outside the lock: the last lease frees memory
    }

    public void Remove(ChunkKey key)
    {
        SegmentBytes? removed = null;
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var node)) removed = Take(node);
        }

        removed?.Release();
    }

    public void Clear()
    {
        lock (_gate)
        {
            foreach (var entry in _byUse) entry.Bytes.Release();
            _byUse.Clear();
            _entries.Clear();
            _heldBytes = 0;
        }
    }

    private SegmentBytes Take(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _heldBytes -= node.Value.Bytes.HeldBytes;
        return node.Value.Bytes;
    }

    private readonly record struct Entry(ChunkKey Key, SegmentBytes Bytes);
}
