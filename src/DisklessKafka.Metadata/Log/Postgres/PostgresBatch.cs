using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>What one reading statement brought, checked against the cursor it was asked for.</summary>
internal sealed class PostgresBatch(LogCursor after, int maxBytes)
{
    private const int TrimColumns = 1, EntryColumns = 5, TimeColumn = 9, SessionColumn = 10, SequenceColumn = 11, PayloadColumn = 12;

    public List<LogEntry> Entries { get; } = [];
    public int PayloadBytes { get; private set; }

    /// <returns>False if the statement did not name the tables that its snapshot saw.</returns>
    public async ValueTask<bool> ReadAsync(NpgsqlDataReader reader, LogLayout tables, CancellationToken cancellation)
    {
        var cursorIsThere = after == LogCursor.Start;
        var previous = after;
        for (var first = true; await reader.ReadAsync(cancellation); first = false)
        {
            if (first)
            {
                if (reader.GetInt64(0) != tables.Version) return false;
                var trimmed = PostgresRows.Cursor(reader, TrimColumns);
                if (after < trimmed) throw LogErrors.Trimmed(after, trimmed);
                cursorIsThere |= after == trimmed;
            }
            if (reader.IsDBNull(EntryColumns)) break;

            var cursor = PostgresRows.Cursor(reader, EntryColumns);
            if (cursor.CompareTo(after) == 0 && cursor == after) cursorIsThere = true;
            else if (!cursorIsThere || cursor.CompareTo(after) == 0) throw LogErrors.Rewound(after);
            else if (cursor <= previous) throw new InvalidOperationException($"the metadata log was read out of order: {cursor} after {previous}");
            else if (!TryAdd(reader, cursor)) break;
            previous = cursor;
        }
        return cursorIsThere ? true : throw LogErrors.Rewound(after);
    }

    private bool TryAdd(NpgsqlDataReader reader, LogCursor cursor)
    {
        var payload = reader.GetFieldValue<byte[]>(PayloadColumn);
        if (Entries.Count > 0 && PayloadBytes + payload.Length > maxBytes) return false;
        var session = reader.GetGuid(SessionColumn);
        var sequence = reader.GetInt64(SequenceColumn);
        if (EntryHash.Of(session, sequence, payload) != cursor.Hash)
            throw new MetadataLogException($"entry {cursor} of the metadata log is damaged: its content does not match its checksum", isTransient: false);
        PayloadBytes += payload.Length;
        Entries.Add(new LogEntry(cursor, reader.GetInt64(TimeColumn), session, sequence, payload));
        return true;
    }
}
