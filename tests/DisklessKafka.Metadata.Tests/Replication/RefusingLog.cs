using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>A log that refuses appends for certain, of which the last one can be made to arrive all the same.</summary>
internal sealed class RefusingLog(IMetadataLog log) : IMetadataLog
{
    private (Guid Session, long Sequence, byte[] Payload) _refused;

    public bool Refuses { get; set; }

    public async ValueTask ArriveAsync() => await log.AppendAsync(_refused.Session, _refused.Sequence, _refused.Payload, default);

    public ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        if (!Refuses) return log.AppendAsync(session, sequence, payload, cancellation);
        _refused = (session, sequence, payload.ToArray());
        throw new MetadataLogException("not now", isTransient: true);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation) => log.ReadAsync(after, maxBytes, cancellation);

    public ValueTask<LogCursor> EndAsync(CancellationToken cancellation) => log.EndAsync(cancellation);

    public ValueTask TrimAsync(LogCursor through, CancellationToken cancellation) => log.TrimAsync(through, cancellation);

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
