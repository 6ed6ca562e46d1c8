using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Simulation.Machines;

/// <summary>The metadata log as one agent reaches it.</summary>
internal sealed class RemoteLog(IMetadataLog log, Link link) : IMetadataLog
{
    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var copy = payload.ToArray();
        await link.CallAsync(
            async () =>
            {
                await log.AppendAsync(session, sequence, copy, CancellationToken.None);
                return true;
            },
            () => new AppendInDoubtException("simulated: the link to the log is cut"),
            cancellation);
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation) =>
        await link.ReadAsync(() => log.ReadAsync(after, maxBytes, cancellation), Away, cancellation);

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation) =>
        await link.ReadAsync(() => log.EndAsync(cancellation), Away, cancellation);

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation) => await link.CallAsync(
        async () =>
        {
            await log.TrimAsync(through, CancellationToken.None);
            return true;
        },
        Away,
        cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static MetadataLogException Away() => new("simulated: the link to the log is cut", isTransient: true);
}
