using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Transaction ids order the log only within one server's life. A log that was dumped and restored into a server whose
/// ids are behind would order new entries before old ones; a new epoch, which orders before the id, puts that right.
/// </summary>
internal static class PostgresEpoch
{
    /// <summary>Whether this server would hand out transaction ids at or below one that is stored.</summary>
    public static async Task<bool> IsBehindAsync(NpgsqlConnection connection, LogLayout tables, LogCursor end)
    {
        if (end.Epoch < tables.Current.Epoch) return false;
        await using var command = new NpgsqlCommand("SELECT pg_snapshot_xmax(pg_current_snapshot())", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return end.Major >= (long)reader.GetFieldValue<ulong>(0);
    }

    public static MetadataLogException Refusal(SchemaName schema, string server, LogCursor end) => new(
        $"the metadata log in schema '{schema}' of {server} ends at transaction {end.Major}, which this server has not reached: " +
        "it was restored from a dump of another server. If that is so and no agent uses the old one, start once with a new epoch allowed (?newEpoch=true)",
        isTransient: false);

    /// <summary>Seals every table, so that no append under the old epoch can follow, and begins a table of the next epoch.</summary>
    public static async Task BeginAsync(PostgresSchema schema, NpgsqlConnection connection)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await schema.LockAsync(connection);
        var tables = await schema.LoadAsync(connection);
        var end = tables.Current.Epoch;
        foreach (var table in tables.Generations)
            if (!table.IsSealed) await schema.SealAsync(connection, table);
        await schema.AddGenerationAsync(connection, tables.Current.Number + 1, end + 1);
        await transaction.CommitAsync();
    }
}
