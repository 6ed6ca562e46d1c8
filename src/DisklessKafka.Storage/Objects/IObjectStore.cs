using System.Buffers;

namespace DisklessKafka.Storage.Objects;

/// <summary>
/// Immutable objects under string keys. Every call is safe to repeat; an object is either wholly there or not at all,
/// and once a write has returned, every reader of every agent sees it.
/// Failures are <see cref="ObjectStoreException"/>; a cancelled call says nothing about whether it took effect.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>Writes the object whole, replacing one of the same key. When it returns, the bytes are durable.</summary>
    /// <param name="content">Borrowed until the returned task has completed, also when it fails or is cancelled.</param>
    ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation);

    /// <summary>Writes the object unless the key exists. Of any number of concurrent calls exactly one returns true.</summary>
    /// <returns>False if the key exists; the object there may be the caller's own from an earlier try whose answer was lost.</returns>
    ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation);

    /// <summary>Fills <paramref name="destination"/> from <paramref name="position"/> on, straight into the caller's memory.</summary>
    /// <returns>
    /// Bytes read: fewer than asked only where the object ends (0 at or past its end). Null if no object has this key, which
    /// is an answer and not a failure: a log in a bucket is followed by asking for what is not there yet.
    /// </returns>
    ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation);

    /// <summary>Objects whose key begins with <paramref name="prefix"/> and sorts (ordinal) after <paramref name="startAfter"/>, in key order.</summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation);

    /// <summary>Deletes the objects; keys that do not exist are fine.</summary>
    ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation);
}

/// <param name="Size">In bytes.</param>
/// <param name="LastModified">The store's own clock.</param>
public readonly record struct ObjectInfo(string Key, long Size, DateTimeOffset LastModified);
