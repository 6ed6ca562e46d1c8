using System.Buffers;
using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Tests.Read;

public sealed class SegmentCacheTests : IDisposable
{
    private const int ChunkBytes = 1 << 16;
    private readonly Meter _meter = new("test");
    private readonly GatedStore _store = new();

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Many_readers_of_one_chunk_cost_one_read()
    {
        using var cache = NewCache();
        _store.Objects["o"] = Bytes(3 * ChunkBytes);
        var readers = Enumerable.Range(0, 20).Select(_ => cache.LeaseAsync(Chunk(1, 1), "o", ReadTemperature.Cold, default).AsTask()).ToList();
        _store.Open();
        foreach (var reader in readers)
        {
            var chunk = await reader.WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(ChunkBytes, chunk.Position);
            Assert.Equal(_store.Objects["o"][ChunkBytes..(2 * ChunkBytes)], chunk.Sequence.ToArray());
            chunk.Release();
        }

        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public async Task A_replay_of_old_data_does_not_evict_the_tail()
    {
        using var cache = NewCache();
        _store.Open();
        for (var i = 0; i < 8; i++) _store.Objects[$"{i}"] = Bytes(ChunkBytes);
        cache.Admit(new SegmentRef(9, 9), new SegmentBytes(0, [new byte[100]], 100, free: null));
        for (var round = 0; round < 3; round++)
            for (var i = 0; i < 8; i++)
                (await cache.LeaseAsync(Chunk(i, 0), $"{i}", ReadTemperature.Cold, default)).Release();
        Assert.NotNull(cache.TryLeaseWritten(new SegmentRef(9, 9)));
    }

    [Fact]
    public async Task A_failed_read_is_not_remembered()
    {
        using var cache = NewCache();
        _store.Open();
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await cache.LeaseAsync(Chunk(1, 0), "late", ReadTemperature.Cold, default));
        _store.Objects["late"] = Bytes(10);
        var chunk = await cache.LeaseAsync(Chunk(1, 0), "late", ReadTemperature.Cold, default);
        Assert.Equal(10, chunk.Length);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_end_the_read_for_the_others()
    {
        using var cache = NewCache();
        _store.Objects["o"] = Bytes(10);
        using var gaveUp = new CancellationTokenSource();
        var first = cache.LeaseAsync(Chunk(1, 0), "o", ReadTemperature.Cold, gaveUp.Token).AsTask();
        var second = cache.LeaseAsync(Chunk(1, 0), "o", ReadTemperature.Cold, default).AsTask();
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _store.Open();
        Assert.Equal(10, (await second.WaitAsync(TimeSpan.FromSeconds(10))).Length);
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public async Task The_budget_holds_and_what_was_used_last_stays()
    {
        using var cache = NewCache(coldChunks: 2);
        _store.Open();
        for (var i = 0; i < 3; i++) _store.Objects[$"{i}"] = Bytes(ChunkBytes);
        foreach (var i in new[] { 0, 1, 0, 2 }) (await cache.LeaseAsync(Chunk(i, 0), $"{i}", ReadTemperature.Cold, default)).Release();
        Assert.Equal(3, _store.Reads);
        (await cache.LeaseAsync(Chunk(0, 0), "0", ReadTemperature.Cold, default)).Release();
        Assert.Equal(3, _store.Reads);
        (await cache.LeaseAsync(Chunk(1, 0), "1", ReadTemperature.Cold, default)).Release();
        Assert.Equal(4, _store.Reads);
    }

    [Fact]
    public async Task Memory_in_use_outlives_its_eviction()
    {
        using var cache = NewCache(coldChunks: 1);
        _store.Open();
        for (var i = 0; i < 4; i++) _store.Objects[$"{i}"] = Bytes(ChunkBytes, (byte)(i + 1));
        var held = await cache.LeaseAsync(Chunk(0, 0), "0", ReadTemperature.Cold, default);
        for (var i = 1; i < 4; i++) (await cache.LeaseAsync(Chunk(i, 0), $"{i}", ReadTemperature.Cold, default)).Release();
        Assert.All(held.Sequence.ToArray(), value => Assert.Equal(1, value));
        held.Release();
    }

    private SegmentCache NewCache(int coldChunks = 4) => new(
        _store,
        new CacheOptions { ChunkBytes = ChunkBytes, TailBytes = 4 * ChunkBytes, ColdBytes = coldChunks * ChunkBytes },
        new ReadMetrics(_meter));

    private static ChunkKey Chunk(int segment, int index) => new(new SegmentRef(1, segment), index);

    private static byte[] Bytes(int length, byte seed = 7) => [.. Enumerable.Range(0, length).Select(i => seed == 7 ? (byte)(i * 31) : seed)];

    /// <summary>Answers reads only once opened, and counts them.</summary>
    private sealed class GatedStore : IObjectStore
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public Dictionary<string, byte[]> Objects { get; } = [];

        public int Reads => _reads;

        public void Open() => _open.TrySetResult();

        public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _reads);
            await _open.Task;
            if (!Objects.TryGetValue(key, out var bytes)) return null;
            var from = (int)Math.Min(position, bytes.Length);
            var count = Math.Min(destination.Length, bytes.Length - from);
            bytes.AsMemory(from, count).CopyTo(destination);
            return count;
        }

        public ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => throw new InvalidOperationException();

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
