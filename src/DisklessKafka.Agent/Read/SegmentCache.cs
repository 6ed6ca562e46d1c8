using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Segment bytes in memory: what this agent wrote enters at once, so that the tail costs no GET; everything else is read
/// in fixed chunks, one GET at a time for each chunk however many readers want it.
/// Bounds: <see cref="CacheOptions.TailBytes"/> + <see cref="CacheOptions.ColdBytes"/> held by the cache, and at most
/// <see cref="CacheOptions.TailReads"/> + <see cref="CacheOptions.ColdReads"/> chunks being read.
/// </summary>
public sealed class SegmentCache : IDisposable
{
    private readonly IObjectStore _store;
    private readonly CacheOptions _options;
    private readonly CacheRegion _tail;
    private readonly CacheRegion _cold;
    private readonly SemaphoreSlim _tailReads;
    private readonly SemaphoreSlim _coldReads;
    private readonly ReadMetrics _metrics;
    private readonly SegmentBlockPool _scratch;
    private readonly Lock _gate = new();
    private readonly Dictionary<ChunkKey, Task<SegmentBytes>> _loading = [];

    public SegmentCache(IObjectStore store, CacheOptions options, ReadMetrics metrics)
    {
        _store = store;
        _options = options;
        _metrics = metrics;
        _tail = new(options.TailBytes);
        _cold = new(options.ColdBytes);
        _tailReads = new(options.TailReads);
        _coldReads = new(options.ColdReads);
        _scratch = new SegmentBlockPool(options.ChunkBytes, maxIdleBlocks: 4);
        metrics.ObserveCache(() => _tail.HeldBytes, () => _cold.HeldBytes);
    }

    /// <summary>Bytes in one chunk; the last chunk of an object is shorter.</summary>
    public int ChunkBytes => _options.ChunkBytes;

    /// <summary>
    /// A segment written here, whole, before its commit: whoever replay wakes finds it. It stands under a key of its own, whatever its length;
    /// see <see cref="TryLeaseWritten"/>.
    /// </summary>
    public void Admit(SegmentRef segment, SegmentBytes bytes) => _tail.Add(new(segment, Written), bytes);

    /// <summary>Lets go of a segment whose commit was refused: nobody will ask for it.</summary>
    public void Forget(SegmentRef segment) => _tail.Remove(new(segment, Written));

    /// <summary>Lets go of a chunk that turned out to be damaged: the next reader gets it from the store again.</summary>
    public void Drop(ChunkKey key)
    {
        _tail.Remove(key);
        _cold.Remove(key);
    }

    /// <summary>The whole of a segment written here, if it is still held. The caller releases the lease.</summary>
    public SegmentBytes? TryLeaseWritten(SegmentRef segment)
    {
        if (!_tail.TryLease(new(segment, Written), out var bytes)) return null;
        _metrics.Hit(ReadTemperature.Tail);
        return bytes;
    }

    /// <summary>One chunk, from memory or by one GET. The caller releases the lease.</summary>
    /// <exception cref="ObjectStoreException">The read failed; the next caller tries afresh.</exception>
    public ValueTask<SegmentBytes> LeaseAsync(ChunkKey key, string objectKey, ReadTemperature temperature, CancellationToken cancellation)
    {
        if (TryLease(key, out var bytes))
        {
            _metrics.Hit(temperature);
            return new(bytes);
        }

        _metrics.Miss(temperature);
        return LoadOrJoinAsync(key, objectKey, temperature, cancellation);
    }

    public void Dispose()
    {
        _tail.Clear();
        _cold.Clear();
        _tailReads.Dispose();
        _coldReads.Dispose();
    }

    private async ValueTask<SegmentBytes> LoadOrJoinAsync(ChunkKey key, string objectKey, ReadTemperature temperature, CancellationToken cancellation)
    {
        while (true)
        {
            Task<SegmentBytes>? load;
            lock (_gate)
            {
                if (!_loading.TryGetValue(key, out load))
                {
                    if (TryLease(key, out var loaded)) return loaded;
                    load = LoadAsync(key, objectKey, temperature);
                    _loading.Add(key, load);
                }
            }

            var bytes = await load.WaitAsync(cancellation);
            if (bytes.TryLease()) return bytes; // else: evicted between the load and here; read it again
        }
    }

    private bool TryLease(ChunkKey key, [MaybeNullWhen(false)] out SegmentBytes bytes) => _tail.TryLease(key, out bytes) || _cold.TryLease(key, out bytes);

    /// <summary>Runs to its end whoever gives up waiting: others may have joined, and the chunk is worth keeping.</summary>
    private async Task<SegmentBytes> LoadAsync(ChunkKey key, string objectKey, ReadTemperature temperature)
    {
        await Task.Yield(); // never complete inside the caller's lock
        var reads = temperature == ReadTemperature.Tail ? _tailReads : _coldReads;
        try
        {
            await reads.WaitAsync();
            try
            {
                var bytes = await ReadChunkAsync(key, objectKey);
                (temperature == ReadTemperature.Tail ? _tail : _cold).Add(key, bytes);
                bytes.Release(); // the region holds the lease from here on
                return bytes;
            }
            finally
            {
                reads.Release();
            }
        }
        finally
        {
            lock (_gate) _loading.Remove(key);
        }
    }

    /// <summary>The log does not say how long an object is, so a whole chunk is asked for; a short object is copied to memory of its own size.</summary>
    private async Task<SegmentBytes> ReadChunkAsync(ChunkKey key, string objectKey)
    {
        var chunk = _scratch.Rent();
        var position = (long)key.Index * _options.ChunkBytes;
        int read;
        try
        {
            read = await _store.ReadAsync(objectKey, position, chunk, CancellationToken.None);
        }
        catch
        {
            _scratch.Return(chunk);
            throw;
        }

        _metrics.ChunkRead(read);
        if (read > _options.ChunkBytes / 2) return new SegmentBytes(position, [chunk.AsMemory(0, read)], chunk.Length, _ => _scratch.Return(chunk));
        var exact = chunk.AsSpan(0, read).ToArray();
        _scratch.Return(chunk);
        return new SegmentBytes(position, read == 0 ? [] : [exact], read, free: null);
    }

    private const int Written = -1;
}
