namespace DisklessKafka.Metadata.Log;

/// <summary>One atomic append, as every agent reads it.</summary>
/// <param name="TimestampMs">The log's own clock at the append, Unix milliseconds; not necessarily ascending.</param>
public readonly record struct LogEntry(LogCursor Cursor, long TimestampMs, Guid Session, long Sequence, ReadOnlyMemory<byte> Payload);
