using System.Buffers;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Observability;

/// <summary>Passes every call on to a store and measures it: how often, how long, how many bytes, what went wrong.</summary>
public sealed class MeteredObjectStore : IObjectStore
{
    private readonly IObjectStore _inner;
    private readonly TimeProvider _time;
    private readonly Operation _put;
    private readonly Operation _create;
    private readonly Operation _read;
    private readonly Operation _list;
    private readonly Operation _delete;

    public MeteredObjectStore(IObjectStore inner, Meter meter, TimeProvider time)
    {
        _inner = inner;
        _time = time;
        var instruments = new Instruments(meter);
        _put = new("put", instruments);
        _create = new("create", instruments);
        _read = new("read", instruments);
        _list = new("list", instruments);
        _delete = new("delete", instruments);
    }

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        var begun = _put.Begin(_time);
        try
        {
            await _inner.PutAsync(key, content, cancellation);
            _put.Succeeded(_time, begun, content.Length);
        }
        catch (Exception e)
        {
            _put.Failed(_time, begun, e);
            throw;
        }
    }

    public async ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        var begun = _create.Begin(_time);
        try
        {
            var created = await _inner.TryCreateAsync(key, content, cancellation);
            _create.Succeeded(_time, begun, created ? content.Length : 0);
            return created;
        }
        catch (Exception e)
        {
            _create.Failed(_time, begun, e);
            throw;
        }
    }

    /// <summary>An object that is not there is an answer without bytes, and no error.</summary>
    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        var begun = _read.Begin(_time);
        try
        {
            var bytes = await _inner.TryReadAsync(key, position, destination, cancellation);
            _read.Succeeded(_time, begun, bytes ?? 0);
            return bytes;
        }
        catch (Exception e)
        {
            _read.Failed(_time, begun, e);
            throw;
        }
    }

    /// <summary>Counts when the listing is through or abandoned; its time includes what the caller does between objects.</summary>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var begun = _list.Begin(_time);
        try
        {
            await foreach (var found in _inner.ListAsync(prefix, startAfter, cancellation)) yield return found;
        }
        finally
        {
            _list.Succeeded(_time, begun, 0);
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        var begun = _delete.Begin(_time);
        try
        {
            await _inner.DeleteAsync(keys, cancellation);
            _delete.Succeeded(_time, begun, 0);
        }
        catch (Exception e)
        {
            _delete.Failed(_time, begun, e);
            throw;
        }
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private sealed class Instruments(Meter meter)
    {
        public Histogram<double> Duration { get; } = meter.CreateHistogram<double>("diskless.object_store.duration", "s", "Time of object-store calls, retries included, by operation");
        public Counter<long> Bytes { get; } = meter.CreateCounter<long>("diskless.object_store", "By", "Bytes written and read, by operation");
        public Counter<long> Errors { get; } = meter.CreateCounter<long>("diskless.object_store.errors", "{call}", "Calls that failed, by operation and kind");
        public UpDownCounter<long> InFlight { get; } = meter.CreateUpDownCounter<long>("diskless.object_store.in_flight", "{call}", "Calls under way, by operation");
    }

    private sealed class Operation(string name, Instruments instruments)
    {
        private readonly KeyValuePair<string, object?> _tag = new("operation", name);

        public long Begin(TimeProvider time)
        {
            instruments.InFlight.Add(1, _tag);
            return time.GetTimestamp();
        }

        public void Succeeded(TimeProvider time, long begun, long bytes)
        {
            End(time, begun);
            if (bytes > 0) instruments.Bytes.Add(bytes, _tag);
        }

        public void Failed(TimeProvider time, long begun, Exception error)
        {
            End(time, begun);
            instruments.Errors.Add(1, _tag, new("kind", KindOf(error)));
        }

        private void End(TimeProvider time, long begun)
        {
            instruments.InFlight.Add(-1, _tag);
            instruments.Duration.Record(time.GetElapsedTime(begun).TotalSeconds, _tag);
        }

        private static string KindOf(Exception error) => error switch
        {
            OperationCanceledException => "cancelled",
            ObjectNotFoundException => "not_found",
            ObjectStoreException { IsTransient: true } => "transient",
            ObjectStoreException => "permanent",
            _ => "unexpected",
        };
    }
}
