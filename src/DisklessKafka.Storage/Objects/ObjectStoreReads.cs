namespace DisklessKafka.Storage.Objects;

public static class ObjectStoreReads
{
    /// <summary><see cref="IObjectStore.TryReadAsync"/> of an object that must be there.</summary>
    /// <exception cref="ObjectNotFoundException">No object has this key.</exception>
    public static async ValueTask<int> ReadAsync(this IObjectStore store, string key, long position, Memory<byte> destination, CancellationToken cancellation) =>
        await store.TryReadAsync(key, position, destination, cancellation) ?? throw new ObjectNotFoundException(key);
}
