using System.Buffers;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>Gives back one wrong bit in each of its first reads; what it holds is sound.</summary>
internal sealed class FlippingStore(IObjectStore sound, int damagedReads) : IObjectStore
{
    private int _reads;

    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        var count = await sound.TryReadAsync(key, position, destination, cancellation);
        if (count > 0 && ++_reads <= damagedReads) destination.Span[count.Value / 2] ^= 1;
        return count;
    }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => sound.PutAsync(key, content, cancellation);

    public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => sound.TryCreateAsync(key, content, cancellation);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation) => sound.ListAsync(prefix, startAfter, cancellation);

    public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => sound.DeleteAsync(keys, cancellation);

    public ValueTask DisposeAsync() => sound.DisposeAsync();
}
