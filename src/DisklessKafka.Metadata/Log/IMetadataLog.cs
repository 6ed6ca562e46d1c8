namespace DisklessKafka.Metadata.Log;

/// <summary>
/// The one totally ordered log that decides everything. Appends of many agents run side by side; every reader sees
/// the same entries in the same order, without gaps, and never an entry in front of one it has already read.
/// Failures are <see cref="MetadataLogException"/>; every call ends within the log's own time-outs.
/// </summary>
public interface IMetadataLog : IAsyncDisposable
{
    /// <summary>
    /// Appends one entry, exactly once per (session, sequence): repeating the call after a lost answer finds the first try.
    /// Repeat it on the same log object: it remembers where the first try may be. The payload is borrowed until the call ends.
    /// When it returns, the entry is durable and every later <see cref="ReadAsync"/> from any agent will come to it.
    /// </summary>
    /// <exception cref="AppendInDoubtException">The outcome is unknown; repeat with the same (session, sequence) to learn it.</exception>
    ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation);

    /// <summary>Entries after <paramref name="after"/> in the one order; empty when the reader is at the readable end.</summary>
    /// <exception cref="LogRewoundException">The entry at the cursor is missing or another one: acknowledged entries were lost. Rebuild, never carry on.</exception>
    /// <exception cref="LogTrimmedException">Entries after the cursor are trimmed away: load a newer snapshot.</exception>
    ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation);

    /// <summary>A cursor at or behind which lies every entry acknowledged before the call. It may not be readable yet: wait until replay is there.</summary>
    ValueTask<LogCursor> EndAsync(CancellationToken cancellation);

    /// <summary>Lets go of entries at or before the cursor. Cheap for appends that run meanwhile; repeatable.</summary>
    ValueTask TrimAsync(LogCursor through, CancellationToken cancellation);
}
