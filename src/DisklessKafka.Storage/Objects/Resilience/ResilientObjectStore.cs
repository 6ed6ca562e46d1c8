using System.Buffers;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// Makes a store that is slow, throttled or away for a while look merely slow: time-outs, retries, hedging and a circuit
/// breaker around each call. What still fails is an <see cref="ObjectStoreException"/>; how long a call may take as a
/// whole is the caller's token. Every call is repeated with the same key and bytes, which is why repeating is safe.
/// </summary>
/// <remarks>
/// A create that is repeated, be it because its answer was lost or because it was slow, may find its own object and then
/// returns false, as the interface says.
/// No call returns while one of its tries still uses the caller's memory.
/// </remarks>
public sealed class ResilientObjectStore : IObjectStore
{
    private readonly IObjectStore _inner;
    private readonly CallPolicy _put;
    private readonly CallPolicy _create;
    private readonly CallPolicy _read;
    private readonly CallPolicy _list;
    private readonly CallPolicy _delete;
    private readonly Hedge? _putHedge;
    private readonly Hedge? _createHedge;
    private readonly Hedge? _readHedge;

    /// <param name="inner">Disposed with this.</param>
    /// <param name="chance">Spreads the retries; used under a lock.</param>
    /// <param name="meter">Gets the instruments <c>diskless.object_store.*</c> that count tries.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    public ResilientObjectStore(IObjectStore inner, ResilienceOptions options, TimeProvider time, Random chance, Meter meter)
    {
        options.Validate();
        _inner = inner;
        var metrics = new ObjectStoreMetrics(meter);
        _put = Policy(ObjectStoreOperation.Put, options.WriteTimeout);
        _create = Policy(ObjectStoreOperation.Create, options.WriteTimeout);
        _read = Policy(ObjectStoreOperation.Read, options.ReadTimeout);
        _list = Policy(ObjectStoreOperation.List, options.ListTimeout);
        _delete = Policy(ObjectStoreOperation.Delete, options.ListTimeout);
        _putHedge = HedgeOf(ObjectStoreOperation.Put, options.WriteHedgeDelay);
        _createHedge = HedgeOf(ObjectStoreOperation.Create, options.WriteHedgeDelay);
        _readHedge = HedgeOf(ObjectStoreOperation.Read, options.ReadHedgeDelay);

        CallPolicy Policy(ObjectStoreOperation operation, TimeSpan timeout) => new(operation, timeout, options, time, NextChance, metrics);

        Hedge? HedgeOf(ObjectStoreOperation operation, TimeSpan? delay) => delay is { } after
            ? new(after, new HedgeBudget(options.MaxHedgeShare), time, () => metrics.Hedged(operation))
            : null;

        double NextChance()
        {
            lock (chance)
                return chance.NextDouble();
        }
    }

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        await WriteAsync(_put, _putHedge, PutOnceAsync, cancellation);

        async ValueTask<bool> PutOnceAsync(CancellationToken stop)
        {
            await _inner.PutAsync(key, content, stop);
            return true;
        }
    }

    public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        WriteAsync(_create, _createHedge, stop => _inner.TryCreateAsync(key, content, stop), cancellation);

    private static ValueTask<bool> WriteAsync(CallPolicy policy, Hedge? hedge, Func<CancellationToken, ValueTask<bool>> once, CancellationToken cancellation)
    {
        return policy.RunAsync(stop => hedge is null ? once(stop) : hedge.RunAsync(Start, Start, stop), cancellation);

        Task<bool> Start(CancellationToken stop) => once(stop).AsTask();
    }

    public ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation) =>
        _read.RunAsync(
            stop => _readHedge is null
                ? _inner.TryReadAsync(key, position, destination, stop)
                : HedgedReadAsync(_readHedge, key, position, destination, stop),
            cancellation);

    private async ValueTask<int?> HedgedReadAsync(Hedge hedge, string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        IMemoryOwner<byte>? spare = null;
        try
        {
            var (count, fromSpare) = await hedge.RunAsync(
                async stop => (await _inner.TryReadAsync(key, position, destination, stop), false),
                async stop =>
                {
                    spare = MemoryPool<byte>.Shared.Rent(destination.Length);
                    return (await _inner.TryReadAsync(key, position, spare.Memory[..destination.Length], stop), true);
                },
                cancellation);
            if (fromSpare && count is { } bytes)
                spare!.Memory[..bytes].CopyTo(destination);
            return count;
        }
        finally
        {
            spare?.Dispose();  // both reads have ended
        }
    }

    /// <summary>After a failure the listing goes on behind the last key it has returned.</summary>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var listing = new ResumableListing(_inner, prefix, startAfter, _list, cancellation);
        while (await listing.MoveNextAsync())
            yield return listing.Current;
    }

    /// <exception cref="PartialDeleteException">Names all keys that may still be there.</exception>
    public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        new BatchedDelete(_inner, _delete).RunAsync(keys, cancellation);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
