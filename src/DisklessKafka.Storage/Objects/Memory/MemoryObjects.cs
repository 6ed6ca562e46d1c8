using System.Buffers;

namespace DisklessKafka.Storage.Objects.Memory;

/// <summary>
/// The map behind <see cref="MemoryObjectStore"/>: keys in order under one lock, bytes copied outside it. What an object is
/// made of is not written again while somebody reads it, so a read sees one object whole even while it is replaced.
/// </summary>
internal sealed class MemoryObjects(MemoryObjectStoreOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Stored> _byKey = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long Write)> _ages = new();  // only filled when the oldest are forgotten
    private long _bytesHeld;
    private long _writes;

    private readonly MemoryBlocks _blocks = new();

    /// <summary>All but the content belongs to the lock.</summary>
    private sealed class Stored(byte[][] blocks, int length, DateTimeOffset lastModified)
    {
        public byte[][] Blocks => blocks;

        public int Length => length;

        public DateTimeOffset LastModified => lastModified;

        public long Write { get; set; }

        public int Readers { get; set; }

        public bool IsGone { get; set; }
    }

    /// <returns>False if the key exists and must not be replaced.</returns>
    public bool TryAdd(string key, in ReadOnlySequence<byte> content, bool replace, DateTimeOffset now)
    {
        if (!replace && Exists(key))
            return false;
        var length = checked((int)content.Length);
        Stored copy = new(_blocks.Take(length), length, now);
        MemoryBlocks.Fill(copy.Blocks, content);
        lock (_gate)
        {
            _byKey.TryGetValue(key, out var existing);
            if (existing is not null && !replace)
            {
                Release(copy);
                return false;
            }

            MakeRoom(length - (existing?.Length ?? 0), key);
            if (existing is null)
                _keys.Add(key);
            else
                Release(existing);
            copy.Write = ++_writes;
            _byKey[key] = copy;
            _bytesHeld += length - (existing?.Length ?? 0);
            if (options.ForgetOldest)
                _ages.Enqueue((key, _writes));
        }

        return true;
    }

    /// <returns>Null if there is no such object.</returns>
    public int? Read(string key, long position, Span<byte> destination)
    {
        Stored? stored;
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out stored))
                return null;
            stored.Readers++;
        }

        var taken = MemoryBlocks.Read(stored.Blocks, stored.Length, position, destination);
        lock (_gate)
        {
            stored.Readers--;
            if (stored.IsGone)
                Release(stored);
        }

        return taken;
    }

    public List<ObjectInfo> List(string prefix, string? startAfter, int limit)
    {
        var found = new List<ObjectInfo>();
        var from = string.CompareOrdinal(startAfter, prefix) > 0 ? startAfter! : prefix;
        var to = prefix + '\uffff';  // behind every key with the prefix: keys are ASCII
        if (string.CompareOrdinal(from, to) > 0)
            return found;
        lock (_gate)
        {
            foreach (var key in _keys.GetViewBetween(from, to))
            {
                if (key == startAfter)
                    continue;
                var stored = _byKey[key];
                found.Add(new(key, stored.Length, stored.LastModified));
                if (found.Count == limit)
                    break;
            }
        }

        return found;
    }

    public void Remove(IEnumerable<string> gone)
    {
        lock (_gate)
        {
            foreach (var key in gone)
                Remove(key);
        }
    }

    private bool Exists(string key)
    {
        lock (_gate)
            return _byKey.ContainsKey(key);
    }

    private void Remove(string key)
    {
        if (!_byKey.Remove(key, out var stored))
            return;
        _keys.Remove(key);
        _bytesHeld -= stored.Length;
        Release(stored);
    }

    /// <summary>Under the lock. The last one who reads it gives its blocks back.</summary>
    private void Release(Stored stored)
    {
        stored.IsGone = true;
        if (stored.Readers == 0)
            _blocks.Return(stored.Blocks);
    }

    private void MakeRoom(long growth, string newest)
    {
        // A queued pair whose object has been replaced or deleted since is stale and frees nothing.
        while (options.ForgetOldest && _bytesHeld + growth > options.CapacityBytes && _ages.TryDequeue(out var oldest))
        {
            if (oldest.Key != newest && _byKey.TryGetValue(oldest.Key, out var held) && held.Write == oldest.Write)
                Remove(oldest.Key);
        }

        if (_bytesHeld + growth > options.CapacityBytes)
            throw new ObjectStoreException($"the memory store is full ({options.CapacityBytes} bytes)", isTransient: true);
    }
}
