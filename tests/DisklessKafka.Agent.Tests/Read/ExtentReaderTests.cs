using System.Buffers;
using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using Xunit;

namespace DisklessKafka.Agent.Tests.Read;

public sealed class ExtentReaderTests : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly Meter _meter = new("test");
    private readonly DamagingStore _store = new(new MemoryObjectStore(TimeProvider.System));

    public void Dispose() => _meter.Dispose();

    [Theory]
    [InlineData(100, 0)] // within a chunk
    [InlineData(100, ChunkBytes - 50)] // over the border of two
    public async Task Damaged_bytes_are_not_served_and_not_kept(int valueBytes, int position)
    {
        var batch = new BatchBuilder().Append(1, null, new byte[valueBytes]).Build();
        var segment = new byte[position + batch.Length + 10];
        batch.CopyTo(segment, position);
        await _store.PutAsync(Names.Key, new(segment), CancellationToken.None);
        using var cache = new SegmentCache(_store, new CacheOptions { ChunkBytes = ChunkBytes, TailBytes = 4 * ChunkBytes, ColdBytes = 4 * ChunkBytes }, new ReadMetrics(_meter));
        var reader = new ExtentReader(cache, new Names());
        var extent = new Extent(BaseOffset: 5, MaxTimestampMs: 1, SegmentSequence: 0, SegmentSession: 1, OffsetCount: 1, position, batch.Length);

        _store.DamagesAt = position + batch.Length - 1;
        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.LeaseAsync(extent, ReadTemperature.Tail, CancellationToken.None));

        _store.DamagesAt = -1;
        var lease = await reader.LeaseAsync(extent, ReadTemperature.Tail, CancellationToken.None);
        Assert.Equal(batch, lease.Bytes.ToArray());
        lease.Release();
    }

    private sealed class Names : ISegmentNames
    {
        public const string Key = "segments/one";

        public string ObjectKeyOf(SegmentRef segment) => Key;
    }

    /// <summary>Flips a bit of one byte on its way out.</summary>
    private sealed class DamagingStore(IObjectStore inner) : IObjectStore
    {
        public int DamagesAt { get; set; } = -1;

        public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
        {
            var count = await inner.TryReadAsync(key, position, destination, cancellation);
            if (DamagesAt >= position && DamagesAt < position + count) destination.Span[(int)(DamagesAt - position)] ^= 4;
            return count;
        }

        public ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => inner.PutAsync(key, content, cancellation);

        public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => inner.TryCreateAsync(key, content, cancellation);

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation) => inner.ListAsync(prefix, startAfter, cancellation);

        public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => inner.DeleteAsync(keys, cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
