using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// What the log keeps in its schema: one row that says which format and layout it has and where it is trimmed, one row
/// a table of entries, and those tables. Everything here runs seldom; appends and reads touch only what they must.
/// </summary>
internal sealed class PostgresSchema(SchemaName name, string server)
{
    /// <summary>Raised with any change that an older version could not read or append to.</summary>
    private const int Format = 1;

    public SchemaName Name => name;

    /// <summary>Makes the schema unless it is there. Any number of agents may do it at once.</summary>
    public async Task EnsureAsync(NpgsqlConnection connection)
    {
        if (await ExistsAsync(connection)) return;
        await using var transaction = await connection.BeginTransactionAsync();
        await LockAsync(connection);
        if (!await ExistsAsync(connection))
        {
            await ExecuteAsync(connection, $"""
                CREATE SCHEMA IF NOT EXISTS {name.Quoted};
                CREATE TABLE {name.Quoted}.generations (
                  number bigint PRIMARY KEY, epoch bigint NOT NULL, sealed boolean NOT NULL DEFAULT false,
                  last_epoch bigint, last_xid xid8, last_id bigint, last_hash bigint);
                CREATE FUNCTION {name.Quoted}.refuse_entry() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION 'this table of the metadata log is sealed' USING ERRCODE = '{PostgresErrors.TableSealed}'; END $$;
                CREATE TABLE {name.Quoted}.log (
                  single boolean PRIMARY KEY DEFAULT true CHECK (single), format integer NOT NULL, layout bigint NOT NULL,
                  trim_epoch bigint NOT NULL, trim_xid xid8 NOT NULL, trim_id bigint NOT NULL, trim_hash bigint NOT NULL);
                INSERT INTO {name.Quoted}.log (format, layout, trim_epoch, trim_xid, trim_id, trim_hash) VALUES ({Format}, 0, 0, '0', 0, 0);
                """);
            await AddGenerationAsync(connection, 1, epoch: 1);
        }
        await transaction.CommitAsync();
    }

    /// <exception cref="MetadataLogException">The log is of a newer format.</exception>
    public async Task<LogLayout> LoadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand($"""
            SELECT l.format, l.layout, g.number, g.epoch, g.sealed, g.last_epoch, g.last_xid, g.last_id, g.last_hash
            FROM {name.Quoted}.log l CROSS JOIN {name.Quoted}.generations g ORDER BY g.number
            """, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var generations = new List<LogGeneration>();
        long layout = 0;
        while (await reader.ReadAsync())
        {
            if (reader.GetInt32(0) > Format)
                throw new MetadataLogException(
                    $"the metadata log in schema '{name}' of {server} has format {reader.GetInt32(0)}, this version knows formats up to {Format}: start a newer version",
                    isTransient: false);
            layout = reader.GetInt64(1);
            LogCursor? last = reader.IsDBNull(5) ? null : PostgresRows.Cursor(reader, 5);
            generations.Add(new LogGeneration(reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4), last));
        }
        return generations.Count > 0
            ? new LogLayout(name, layout, generations)
            : throw new MetadataLogException($"schema '{name}' of {server} holds no metadata log, only parts of one: name another schema or restore it", isTransient: false);
    }

    /// <summary>The new table is where appends go as soon as the caller's transaction commits.</summary>
    public async Task AddGenerationAsync(NpgsqlConnection connection, long number, long epoch)
    {
        var table = $"{name.Quoted}.entries_{number}";
        // Payloads are packed already: stored as they are, in the row itself where it fits in a page.
        await ExecuteAsync(connection, $"""
            CREATE TABLE {table} (
              epoch bigint NOT NULL DEFAULT {epoch}, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), id bigint GENERATED ALWAYS AS IDENTITY,
              at_ms bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
              session uuid NOT NULL, sequence bigint NOT NULL, hash bigint NOT NULL, payload bytea NOT NULL,
              PRIMARY KEY (epoch, xid, id), UNIQUE (session, sequence)) WITH (toast_tuple_target = 8160);
            ALTER TABLE {table} ALTER COLUMN payload SET STORAGE EXTERNAL;
            INSERT INTO {name.Quoted}.generations (number, epoch) VALUES ({number}, {epoch});
            UPDATE {name.Quoted}.log SET layout = layout + 1;
            """);
    }

    /// <summary>
    /// Ends a table: waits for the appends that are under way, refuses all later ones, and notes its last entry. The lock
    /// comes before the first write, so that waiting for it holds no transaction id and with it the log's order.
    /// </summary>
    public async Task SealAsync(NpgsqlConnection connection, LogGeneration generation)
    {
        var table = generation.Table(name);
        await ExecuteAsync(connection, $"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        await ExecuteAsync(connection, $"""
            CREATE OR REPLACE TRIGGER sealed BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name.Quoted}.refuse_entry();
            UPDATE {name.Quoted}.generations g SET sealed = true, last_epoch = e.epoch, last_xid = e.xid, last_id = e.id, last_hash = e.hash
              FROM (SELECT 1) one LEFT JOIN (SELECT epoch, xid, id, hash FROM {table} ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1) e ON true
              WHERE g.number = {generation.Number};
            UPDATE {name.Quoted}.log SET layout = layout + 1;
            """);
    }

    public Task DropAsync(NpgsqlConnection connection, LogGeneration generation) =>
        // NOWAIT: waiting for an exclusive lock would hold a transaction id, and readers behind us; the next trim tries again.
        ExecuteAsync(connection, $"""
            LOCK TABLE {generation.Table(name)} IN ACCESS EXCLUSIVE MODE NOWAIT;
            DROP TABLE {generation.Table(name)};
            DELETE FROM {name.Quoted}.generations WHERE number = {generation.Number};
            UPDATE {name.Quoted}.log SET layout = layout + 1;
            """);

    /// <summary>One change of the tables at a time in each cluster. Free again when the transaction ends; appends and reads never take it.</summary>
    public Task LockAsync(NpgsqlConnection connection) => ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})");

    /// <inheritdoc cref="LockAsync"/>
    public async Task<bool> TryLockAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({LockKey})", connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private string LockKey => $"hashtextextended('disklesskafka {name.Value}', 0)";

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<bool> ExistsAsync(NpgsqlConnection connection)
    {
        // Not to_regclass: it may answer from a cache that has not heard of another agent's commit yet.
        await using var command = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = '{name.Value}' AND tablename = 'log')", connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
