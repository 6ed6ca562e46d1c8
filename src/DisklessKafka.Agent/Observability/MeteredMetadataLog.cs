using System.Diagnostics.Metrics;
using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Agent.Observability;

/// <summary>Passes every call on to a metadata log and measures it.</summary>
public sealed class MeteredMetadataLog(IMetadataLog inner, Meter meter, TimeProvider time) : IMetadataLog
{
    private static readonly KeyValuePair<string, object?> Append = new("operation", "append");
    private static readonly KeyValuePair<string, object?> Read = new("operation", "read");
    private static readonly KeyValuePair<string, object?> End = new("operation", "end");
    private static readonly KeyValuePair<string, object?> Trim = new("operation", "trim");

    private readonly Histogram<double> _duration = meter.CreateHistogram<double>("diskless.log.duration", "s", "Time of metadata-log calls, by operation");
    private readonly Counter<long> _errors = meter.CreateCounter<long>("diskless.log.errors", "{call}", "Metadata-log calls that failed, by operation and kind");
    private readonly Counter<long> _appended = meter.CreateCounter<long>("diskless.log.appended", "By", "Bytes of entries this agent appended");
    private readonly Counter<long> _read = meter.CreateCounter<long>("diskless.log.read", "By", "Bytes of entries this agent read");
    private readonly Counter<long> _entries = meter.CreateCounter<long>("diskless.log.entries_read", "{entry}", "Entries this agent read");

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        try
        {
            await inner.AppendAsync(session, sequence, payload, cancellation);
            _appended.Add(payload.Length);
        }
        catch (Exception e)
        {
            Failed(Append, e);
            throw;
        }
        finally
        {
            Ended(Append, begun);
        }
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        try
        {
            var entries = await inner.ReadAsync(after, maxBytes, cancellation);
            long bytes = 0;
            foreach (var entry in entries) bytes += entry.Payload.Length;
            if (entries.Count > 0) _entries.Add(entries.Count);
            if (bytes > 0) _read.Add(bytes);
            return entries;
        }
        catch (Exception e)
        {
            Failed(Read, e);
            throw;
        }
        finally
        {
            Ended(Read, begun);
        }
    }

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        try
        {
            return await inner.EndAsync(cancellation);
        }
        catch (Exception e)
        {
            Failed(End, e);
            throw;
        }
        finally
        {
            Ended(End, begun);
        }
    }

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        try
        {
            await inner.TrimAsync(through, cancellation);
        }
        catch (Exception e)
        {
            Failed(Trim, e);
            throw;
        }
        finally
        {
            Ended(Trim, begun);
        }
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Ended(KeyValuePair<string, object?> operation, long begun) => _duration.Record(time.GetElapsedTime(begun).TotalSeconds, operation);

    private void Failed(KeyValuePair<string, object?> operation, Exception error) => _errors.Add(1, operation, new("kind", error switch
    {
        OperationCanceledException => "cancelled",
        AppendInDoubtException => "in_doubt",
        LogRewoundException => "rewound",
        LogTrimmedException => "trimmed",
        MetadataLogException { IsTransient: true } => "transient",
        MetadataLogException => "permanent",
        _ => "unexpected",
    }));
}
