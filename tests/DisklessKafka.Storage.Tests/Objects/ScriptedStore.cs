using System.Buffers;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>A store of which a test writes only what it needs; all else fails.</summary>
internal abstract class ScriptedStore : IObjectStore
{
    public virtual ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
