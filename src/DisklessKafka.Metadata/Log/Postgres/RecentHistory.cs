using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Looking at the entry under the cursor does not find every loss: a transaction with a smaller id can commit later, so a
/// fail-over may lose it and keep its successors. Therefore the first read over each connection also compares count and
/// hashes of the newest entries that were handed out. A fail-over always brings new connections; entries further back than
/// the window could only be lost if their transaction had stayed open while a whole window was committed after it.
/// </summary>
internal sealed class RecentHistory(PostgresConnections connections)
{
    /// <summary>Entries: 24 KiB of memory, and some milliseconds of one query for each new connection.</summary>
    private const int Window = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<LogCursor> _recent = new(Window);
    private readonly HashSet<int> _checkedBackends = [];
    private LogCursor _newest;
    private int _checkedOpened;

    public void Add(LogCursor after, List<LogEntry> entries)
    {
        lock (_gate)
        {
            if (_newest != after) _recent.Clear(); // another reader, or one that started over
            foreach (var entry in entries)
            {
                if (_recent.Count == Window) _recent.Dequeue();
                _recent.Enqueue(entry.Cursor);
            }
            _newest = entries[^1].Cursor;
        }
    }

    /// <returns>False if the tables have changed.</returns>
    public async ValueTask<bool> CheckAsync(NpgsqlConnection connection, LogLayout tables, CancellationToken cancellation)
    {
        LogCursor oldest, last;
        long count, hashes = 0;
        lock (_gate)
        {
            if (_checkedOpened != connections.Opened)
            {
                _checkedOpened = connections.Opened;
                _checkedBackends.Clear();
            }
            if (_checkedBackends.Contains(connection.ProcessID)) return true;
            (oldest, last, count) = (_recent.Count > 0 ? _recent.Peek() : default, _newest, _recent.Count);
            foreach (var cursor in _recent) hashes += cursor.Hash;
        }
        if (count > 0 && !await CompareAsync(connection, tables, oldest, last, count, hashes, cancellation)) return false;
        lock (_gate) _checkedBackends.Add(connection.ProcessID);
        return true;
    }

    private static async ValueTask<bool> CompareAsync(
        NpgsqlConnection connection, LogLayout tables, LogCursor oldest, LogCursor last, long count, long hashes, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(tables.SumStatement(), connection);
        PostgresRows.AddPosition(command.Parameters, oldest);
        PostgresRows.AddPosition(command.Parameters, last);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || reader.GetInt64(0) != tables.Version) return false;
        if (oldest < PostgresRows.Cursor(reader, 1)) return true; // partly trimmed: nothing to compare with
        return reader.GetInt64(5) == count && reader.GetInt64(6) == hashes ? true : throw LogErrors.Rewound(last);
    }
}
