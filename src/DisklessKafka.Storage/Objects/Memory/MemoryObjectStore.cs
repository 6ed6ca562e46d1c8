using System.Buffers;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Storage.Objects.Memory;

/// <summary>
/// Objects in this process's memory, for tests, simulations and experiments; gone when the process is.
/// Latency and faults are injected; without them every call completes on the caller's stack.
/// </summary>
/// <param name="time">Runs the latencies and stamps <see cref="ObjectInfo.LastModified"/>.</param>
public sealed class MemoryObjectStore(
    TimeProvider time, MemoryObjectStoreOptions? options = null, IObjectStoreFaults? faults = null) : IObjectStore
{
    private const int ListPageSize = 1000;

    private readonly MemoryObjectStoreOptions _options = options ?? new();
    private readonly MemoryObjects _objects = new(options ?? new());
    private readonly ObjectStoreCounter _counter = new();

    public ObjectStoreCounts Counts => _counter.Counts;

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        await WriteAsync(ObjectStoreOperation.Put, key, content, cancellation);

    public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        WriteAsync(ObjectStoreOperation.Create, key, content, cancellation);

    private async ValueTask<bool> WriteAsync(
        ObjectStoreOperation operation, string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        ObjectKey.Validate(key);
        _counter.Count(operation, content.Length);
        var fault = await BeforeAsync(operation, key, _options.PutLatency, cancellation);
        var written = _objects.TryAdd(key, content, replace: operation is ObjectStoreOperation.Put, time.GetUtcNow());
        await AfterAsync(fault, operation, key, cancellation);
        return written;
    }

    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        _counter.Count(ObjectStoreOperation.Read);
        var fault = await BeforeAsync(ObjectStoreOperation.Read, key, _options.GetLatency, cancellation);
        var bytes = _objects.Read(key, position, destination.Span);
        _counter.CountRead(bytes ?? 0);
        await AfterAsync(fault, ObjectStoreOperation.Read, key, cancellation);
        return bytes;
    }

    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKey.ValidatePrefix(prefix);
        List<ObjectInfo> page;
        do
        {
            _counter.Count(ObjectStoreOperation.List);
            var fault = await BeforeAsync(ObjectStoreOperation.List, prefix, TimeSpan.Zero, cancellation);
            page = _objects.List(prefix, startAfter, ListPageSize);
            await AfterAsync(fault, ObjectStoreOperation.List, prefix, cancellation);
            foreach (var found in page)
                yield return found;
            if (page is [.., var last])
                startAfter = last.Key;
        }
        while (page.Count == ListPageSize);
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        foreach (var key in keys)
            ObjectKey.Validate(key);
        var first = keys.FirstOrDefault("");
        _counter.Count(ObjectStoreOperation.Delete);
        var fault = await BeforeAsync(ObjectStoreOperation.Delete, first, TimeSpan.Zero, cancellation);
        _objects.Remove(keys);
        await AfterAsync(fault, ObjectStoreOperation.Delete, first, cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<ObjectStoreFaultKind> BeforeAsync(
        ObjectStoreOperation operation, string key, TimeSpan latency, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var fault = faults?.Next(operation, key) ?? ObjectStoreFault.None;
        if (latency + fault.Delay > TimeSpan.Zero)
            await Task.Delay(latency + fault.Delay, time, cancellation);
        switch (fault.Kind)
        {
            case ObjectStoreFaultKind.FailBefore:
                throw new ObjectStoreException($"injected: {operation} '{key}' failed before it took effect", isTransient: true);
            case ObjectStoreFaultKind.Throttle:
                throw new ObjectStoreException($"injected: {operation} '{key}' was throttled", isTransient: true);
            case ObjectStoreFaultKind.Refuse:
                throw new ObjectStoreException($"injected: {operation} '{key}' was refused", isTransient: false);
            case ObjectStoreFaultKind.HangBefore:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
                break;
        }

        return fault.Kind;
    }

    private async ValueTask AfterAsync(
        ObjectStoreFaultKind fault, ObjectStoreOperation operation, string key, CancellationToken cancellation)
    {
        if (fault is ObjectStoreFaultKind.FailAfter)
            throw new ObjectStoreException($"injected: {operation} '{key}' failed after it took effect", isTransient: true);
        if (fault is ObjectStoreFaultKind.HangAfter)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
    }
}
