using System.Buffers;
using System.Runtime.CompilerServices;
using DisklessKafka.Simulation.Faults;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Simulation.Machines;

/// <summary>
/// The object store as one agent reaches it. What is sent is sent: a call that its caller gave up may take effect later,
/// with the bytes it had. What comes back may be wrong, and listings may be old, if the weather says so.
/// </summary>
internal sealed class RemoteStore(IObjectStore store, Link link, StoreWeather weather, TimeProvider storeTime) : IObjectStore
{
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        var sent = new ReadOnlySequence<byte>(content.ToArray());
        await link.CallAsync(
            async () =>
            {
                await store.PutAsync(key, sent, CancellationToken.None);
                return true;
            },
            Away,
            cancellation);
    }

    public async ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        var sent = new ReadOnlySequence<byte>(content.ToArray());
        return await link.CallAsync(() => store.TryCreateAsync(key, sent, CancellationToken.None).AsTask(), Away, cancellation);
    }

    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        var bytes = new byte[destination.Length]; // of the wire: the caller's memory is its own again once it has given up
        var found = await link.ReadAsync(() => store.TryReadAsync(key, position, bytes, cancellation), Away, cancellation);
        if (found is not { } count) return null;
        if (count > 0 && weather.Corrupts())
        {
            var bit = weather.AnyBit(count);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        bytes.AsSpan(0, count).CopyTo(destination.Span);
        return count;
    }

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var found = await link.CallAsync(
            async () =>
            {
                var all = new List<ObjectInfo>();
                await foreach (var one in store.ListAsync(prefix, startAfter, CancellationToken.None)) all.Add(one);
                return all;
            },
            Away,
            cancellation);
        var shownUpTo = storeTime.GetUtcNow() - weather.ListingLag;
        foreach (var one in found)
            if (one.LastModified <= shownUpTo)
                yield return one;
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        string[] sent = [.. keys];
        await link.CallAsync(
            async () =>
            {
                await store.DeleteAsync(sent, CancellationToken.None);
                return true;
            },
            Away,
            cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ObjectStoreException Away() => new("simulated: the link to the object store is cut", isTransient: true);
}
