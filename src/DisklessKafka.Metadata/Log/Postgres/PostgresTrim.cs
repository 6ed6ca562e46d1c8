using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Trimming notes the new trim point, at once the truth for all readers, and gives space back in whole tables: a large
/// enough current table is followed by a fresh one and sealed; a sealed table that lies wholly before the trim point is
/// dropped. No row is deleted, so nothing bloats. Each step is a short transaction of its own that takes its locks before
/// its transaction id; a step that meets another agent's or a reader's lock is left to the next trim.
/// </summary>
internal sealed class PostgresTrim(PostgresSchema schema, long generationBytes)
{
    public async Task RunAsync(NpgsqlConnection connection, LogCursor through)
    {
        await NoteAsync(connection, through);
        var tables = await schema.LoadAsync(connection);
        if (await IsLargeEnoughAsync(connection, tables.Current))
            await StepAsync(connection, () => schema.AddGenerationAsync(connection, tables.Current.Number + 1, tables.Current.Epoch));

        tables = await schema.LoadAsync(connection);
        foreach (var table in tables.Generations)
            if (!table.IsSealed && table != tables.Current) await StepAsync(connection, () => schema.SealAsync(connection, table));

        tables = await schema.LoadAsync(connection);
        foreach (var table in tables.Generations)
            if (table.IsSealed && (table.Last is null || table.Last <= through)) await StepAsync(connection, () => schema.DropAsync(connection, table));
    }

    private async Task NoteAsync(NpgsqlConnection connection, LogCursor through)
    {
        await using var command = new NpgsqlCommand($"""
            UPDATE {schema.Name.Quoted}.log SET trim_epoch = $1, trim_xid = $2, trim_id = $3, trim_hash = $4
            WHERE (trim_epoch, trim_xid, trim_id) < ($1, $2, $3)
            """, connection);
        PostgresRows.AddPosition(command.Parameters, through);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = through.Hash });
        await command.ExecuteNonQueryAsync();
    }

    private async Task<bool> IsLargeEnoughAsync(NpgsqlConnection connection, LogGeneration table)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT pg_total_relation_size($1::regclass) >= $2 AND EXISTS (SELECT FROM {table.Table(schema.Name)})", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.Table(schema.Name) });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = generationBytes });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private async Task StepAsync(NpgsqlConnection connection, Func<Task> step)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            if (!await schema.TryLockAsync(connection)) return;
            await PostgresSchema.ExecuteAsync(connection, "SET LOCAL lock_timeout = '1s'");
            await step();
            await transaction.CommitAsync();
        }
        catch (PostgresException problem) when (problem.SqlState is PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation)
        {
            // In use just now, or done by another agent between our look and our lock.
        }
    }
}
