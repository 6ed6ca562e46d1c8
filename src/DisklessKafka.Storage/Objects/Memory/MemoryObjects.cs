using System.Buffers;

namespace DisklessKafka.Storage.Objects.Memory;

/// <summary>
/// The map behind <see cref="MemoryObjectStore"/>: keys in order under one lock, bytes copied outside it. A stored array
/// is never written again while a reader may hold it, so a read sees one object whole even while it is replaced.
/// </summary>
internal sealed class MemoryObjects(MemoryObjectStoreOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Stored> _byKey = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long Write)> _ages = new();  // only filled when the oldest are forgotten
    private long _bytesHeld;
    private long _writes;

    private sealed record Stored(byte[] Content, DateTimeOffset LastModified, long Write);

    /// <returns>False if the key exists and must not be replaced.</returns>
    public bool TryAdd(string key, in ReadOnlySequence<byte> content, bool replace, DateTimeOffset now)
    {
        if (!replace && Exists(key))
            return false;
        var copy = GC.AllocateUninitializedArray<byte>(checked((int)content.Length));
        content.CopyTo(copy);
        lock (_gate)
        {
            var freed = _byKey.TryGetValue(key, out var existing) ? existing.Content.Length : 0;
            if (existing is not null && !replace)
                return false;
            MakeRoom(copy.Length - freed, key);
            if (existing is null)
                _keys.Add(key);
            _byKey[key] = new(copy, now, ++_writes);
            _bytesHeld += copy.Length - freed;
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
            _byKey.TryGetValue(key, out stored);
        if (stored is null)
            return null;
        if (position >= stored.Content.Length)
            return 0;
        var rest = stored.Content.AsSpan((int)position);
        var taken = rest[..Math.Min(rest.Length, destination.Length)];
        taken.CopyTo(destination);
        return taken.Length;
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
                found.Add(new(key, stored.Content.Length, stored.LastModified));
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
        _bytesHeld -= stored.Content.Length;
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
