using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>How far the readable end of the log is behind its committed end.</summary>
/// <param name="UnreadableEntries">Committed entries that wait for an older transaction; counted up to 100,000.</param>
/// <param name="Age">How long the oldest of them has waited, by the server's clock.</param>
public readonly record struct LogLag(long UnreadableEntries, TimeSpan Age);

/// <summary>A transaction that holds the log's order back, and how to find it.</summary>
/// <param name="Pid">The backend to look at or to end with pg_terminate_backend; 0 for a prepared transaction.</param>
/// <param name="Who">User, application and client address; of a prepared transaction its name, for ROLLBACK PREPARED.</param>
/// <param name="State">As pg_stat_activity has it: "active", "idle in transaction", …; "unknown" without pg_read_all_stats.</param>
public sealed record LogBlocker(int Pid, string Database, string Who, string State, TimeSpan Age);

internal static class PostgresDiagnostics
{
    public static async ValueTask<Box<LogLag>?> MeasureLagAsync(NpgsqlConnection connection, LogLayout tables, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(tables.LagStatement(), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || reader.GetInt64(0) != tables.Version) return null;
        return new(new LogLag(reader.GetInt64(1), TimeSpan.FromMilliseconds(Math.Max(0, reader.GetInt64(2)))));
    }

    public static async ValueTask<FoundBlocker?> FindBlockerAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The server's whole pg_stat_activity: transaction ids are the server's, not the database's.
        await using var command = new NpgsqlCommand("""
            SELECT pid, database, who, state, held FROM (
              SELECT pid, coalesce(datname, '') AS database,
                coalesce(usename, '?') || ' ' || coalesce(nullif(application_name, ''), '?') || ' from ' || coalesce(host(client_addr), 'local') AS who,
                coalesce(state, 'unknown') AS state, coalesce(clock_timestamp() - xact_start, '0') AS held, age(backend_xid) AS age
              FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
              UNION ALL
              SELECT 0, database, 'prepared transaction ' || gid || ' of ' || owner, 'prepared', clock_timestamp() - prepared, age(transaction)
              FROM pg_prepared_xacts) open ORDER BY age DESC LIMIT 1
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new(new LogBlocker(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetTimeSpan(4)))
            : new(null);
    }
}

/// <summary>The answer to "who blocks", which may be nobody.</summary>
internal sealed record FoundBlocker(LogBlocker? Blocker);
