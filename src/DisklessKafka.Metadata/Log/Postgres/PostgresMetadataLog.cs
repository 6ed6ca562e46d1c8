using Npgsql;
using NpgsqlTypes;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// The metadata log in Postgres 15 or newer. Appends of any number of agents commit side by side: no row, lock or
/// sequence orders them. The order is (log epoch, transaction id, row id), and readers take only entries of transactions
/// older than every one still running, so that nothing can appear in front of what was read. See
/// docs/reference/metadata-log.md for the tables and docs/decisions/0001-metadata-log-order.md for the reasoning.
/// A retry of an append in doubt must come through the same instance: it remembers which table the first try went to.
/// </summary>
public sealed class PostgresMetadataLog : IMetadataLog
{
    /// <summary>A layout changes when a trim runs; a call that meets more changes than this in a row has met something else.</summary>
    private const int MaxLayoutChanges = 8;

    private readonly PostgresConnections _connections;
    private readonly PostgresSchema _schema;
    private readonly PostgresLogOptions _options;
    private readonly DoubtfulAppends _doubts = new();
    private readonly RecentHistory _history;
    private LogLayout? _layout;
    private int _averageBytes = 1024;

    private PostgresMetadataLog(PostgresLogOptions options)
    {
        _options = options;
        _connections = new PostgresConnections(options);
        _schema = new PostgresSchema(SchemaName.Parse(options.Schema), _connections.Server);
        _history = new RecentHistory(_connections);
    }

    /// <summary>Makes the schema when it is absent, and checks that this server can carry on the order of what is stored.</summary>
    /// <exception cref="MetadataLogException">One line that says what is wrong, where, and what to do.</exception>
    public static async ValueTask<PostgresMetadataLog> OpenAsync(PostgresLogOptions options, CancellationToken cancellation)
    {
        var log = new PostgresMetadataLog(options);
        try
        {
            await log.StartAsync(cancellation);
            return log;
        }
        catch (Exception problem) when (PostgresErrors.IsFromServer(problem))
        {
            await log.DisposeAsync();
            throw PostgresErrors.Translate(problem, log._connections.Server);
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var entry = new NewEntry(session, sequence, payload, EntryHash.Of(session, sequence, payload.Span));
        for (var changes = 0; changes <= MaxLayoutChanges; changes++)
        {
            try
            {
                if (await TryAppendAsync(entry, cancellation)) return;
            }
            catch (PostgresException problem) when (PostgresErrors.IsStaleLayout(problem))
            {
                // A table in which an earlier try was looked for is gone.
            }
            catch (MetadataLogException problem) when (_doubts.Contains(session, sequence) && problem.IsTransient && problem is not AppendInDoubtException)
            {
                // This try had no effect, but it is the first try's fate that the caller waits for.
                throw new AppendInDoubtException($"an earlier try of this append is in doubt, and asking again failed: {problem.Message}", problem);
            }
            Volatile.Write(ref _layout, null);
        }
        var message = $"the metadata log in {_connections.Server} changes its tables all the time";
        throw _doubts.Contains(session, sequence) ? new AppendInDoubtException(message) : new MetadataLogException(message, isTransient: true);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation) =>
        QueryAsync((connection, tables) => TryReadAsync(connection, tables, after, maxBytes, cancellation), cancellation);

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation) =>
        (await QueryAsync((connection, tables) => TryEndAsync(connection, tables, cancellation), cancellation)).Value;

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        if (through == LogCursor.Start) return;
        var end = await EndAsync(cancellation);
        if (through > end) throw new MetadataLogException($"cannot trim through {through}: the log ends at {end}", isTransient: false);
        await using var connection = await _connections.OpenAsync(cancellation);
        try
        {
            await new PostgresTrim(_schema, _options.GenerationBytes).RunAsync(connection, through);
        }
        catch (Exception problem) when (PostgresErrors.IsFromServer(problem))
        {
            throw PostgresErrors.Translate(problem, _connections.Server);
        }
        finally
        {
            Volatile.Write(ref _layout, null);
        }
    }

    /// <summary>How far readers are behind what is committed, and since when.</summary>
    public async ValueTask<LogLag> MeasureLagAsync(CancellationToken cancellation) =>
        (await QueryAsync((connection, tables) => PostgresDiagnostics.MeasureLagAsync(connection, tables, cancellation), cancellation)).Value;

    /// <summary>The transaction that holds the order back, if there is one: the oldest open one of the whole server that has an id.</summary>
    public async ValueTask<LogBlocker?> FindBlockerAsync(CancellationToken cancellation) =>
        (await QueryAsync((connection, _) => PostgresDiagnostics.FindBlockerAsync(connection, cancellation), cancellation)).Blocker;

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    private async Task StartAsync(CancellationToken cancellation)
    {
        await using var connection = await _connections.OpenAsync(cancellation);
        if (connection.PostgreSqlVersion.Major < 14)
            throw new MetadataLogException($"Postgres at {_connections.Server} is version {connection.PostgreSqlVersion}: the metadata log needs 14 or newer", isTransient: false);
        await _schema.EnsureAsync(connection);
        var tables = await _schema.LoadAsync(connection);
        var end = (await TryEndAsync(connection, tables, cancellation) ?? new(LogCursor.Start)).Value;
        if (await PostgresEpoch.IsBehindAsync(connection, tables, end))
        {
            if (!_options.BeginNewEpoch) throw PostgresEpoch.Refusal(_schema.Name, _connections.Server, end);
            await PostgresEpoch.BeginAsync(_schema, connection);
            tables = await _schema.LoadAsync(connection);
        }
        if (end.Epoch == tables.Current.Epoch) _connections.Saw(end.Major);
        _layout = tables;
    }

    /// <returns>False if the tables have changed: nothing happened, try with the new ones.</returns>
    private async ValueTask<bool> TryAppendAsync(NewEntry entry, CancellationToken cancellation)
    {
        await using var connection = await _connections.OpenAsync(cancellation);
        var tables = await LayoutAsync(connection, cancellation);
        var table = tables.Current;
        if (_doubts.Find(entry.Session, entry.Sequence) is { } first)
        {
            table = tables.Find(first) ?? throw new LogTrimmedException(
                $"append {entry.Sequence} of session {entry.Session:N} stayed in doubt until the log was trimmed past it: begin a new session");
            if (table.IsSealed)
            {
                // Nothing can be added there any more, not even by a try that is still on its way: what is there is final.
                if (await IsThereAsync(connection, tables.LookupStatement(table), entry, cancellation)) return true;
                _doubts.Forget(entry.Session, entry.Sequence);
                table = tables.Current;
            }
        }
        else if (_doubts.MayRepeat(entry.Session, entry.Sequence)
            && await IsThereAsync(connection, tables.LookupStatement(tables.Generations), entry, cancellation)) return true;

        var statement = table == tables.Current ? tables.AppendStatement : tables.AppendTo(table);
        switch (await InsertAsync(connection, statement, table, entry, cancellation))
        {
            case null:
                return false;
            case 0 when !await IsThereAsync(connection, tables.LookupStatement(table), entry, cancellation):
                throw new AppendInDoubtException("the append met an entry of its own number that is gone again");
            default:
                _doubts.Succeed(entry.Session, entry.Sequence);
                return true;
        }
    }

    /// <returns>Rows inserted: 1, or 0 where the entry is there already; null if the table takes no more entries.</returns>
    private async ValueTask<int?> InsertAsync(
        NpgsqlConnection connection, string statement, LogGeneration table, NewEntry entry, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = entry.Session });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = entry.Sequence });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = entry.Hash });
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = entry.Payload, NpgsqlDbType = NpgsqlDbType.Bytea });
        var wasNew = _doubts.Begin(entry.Session, entry.Sequence, table.Number);
        try
        {
            return await ExecuteDurablyAsync(connection, () => command.ExecuteNonQueryAsync(cancellation));
        }
        catch (PostgresException problem) when (PostgresErrors.IsStaleLayout(problem))
        {
            if (wasNew) _doubts.Forget(entry.Session, entry.Sequence);
            return null;
        }
        catch (PostgresException problem) when (PostgresErrors.HadNoEffect(problem))
        {
            if (wasNew) _doubts.Forget(entry.Session, entry.Sequence);
            throw PostgresErrors.Translate(problem, _connections.Server);
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or MetadataLogException))
        {
            throw new AppendInDoubtException($"the outcome of the append is unknown: {PostgresErrors.Translate(problem, _connections.Server).Message}", problem);
        }
    }

    private async ValueTask<bool> IsThereAsync(NpgsqlConnection connection, string lookup, NewEntry entry, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(lookup, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = entry.Session });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = entry.Sequence });
        object? hash;
        try
        {
            hash = await ExecuteDurablyAsync(connection, () => command.ExecuteScalarAsync(cancellation));
        }
        catch (Exception problem) when (PostgresErrors.IsFromServer(problem) && problem is not PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            throw new AppendInDoubtException($"the outcome of the append is unknown: {PostgresErrors.Translate(problem, _connections.Server).Message}", problem);
        }
        if (hash is null) return false;
        _doubts.Succeed(entry.Session, entry.Sequence);
        return (long)hash == entry.Hash ? true : throw LogErrors.OtherPayload(entry.Session, entry.Sequence);
    }

    /// <summary>
    /// A statement that is cancelled while its commit waits for a synchronous standby ends in success and a warning: the
    /// entry is on this server only. That is not what an acknowledgement promises.
    /// </summary>
    private static async Task<T> ExecuteDurablyAsync<T>(NpgsqlConnection connection, Func<Task<T>> execute)
    {
        string? warning = null;
        void OnNotice(object sender, NpgsqlNoticeEventArgs notice)
        {
            if (notice.Notice.InvariantSeverity == "WARNING") warning = notice.Notice.MessageText;
        }

        connection.Notice += OnNotice;
        try
        {
            var answer = await execute();
            return warning is null ? answer : throw new AppendInDoubtException($"the append may not be durable yet: {warning}");
        }
        finally
        {
            connection.Notice -= OnNotice;
        }
    }

    private async ValueTask<IReadOnlyList<LogEntry>?> TryReadAsync(
        NpgsqlConnection connection, LogLayout tables, LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        var found = new PostgresBatch(after, maxBytes);
        await using (var command = new NpgsqlCommand(tables.ReadStatement(after), connection))
        {
            PostgresRows.AddPosition(command.Parameters, after);
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = tables.Current.Epoch });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = 1 + Math.Clamp(maxBytes / Volatile.Read(ref _averageBytes), 8, 512) });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (!await found.ReadAsync(reader, tables, cancellation)) return null;
        }
        if (!await _history.CheckAsync(connection, tables, cancellation)) return null;
        if (found.Entries.Count > 0)
        {
            Volatile.Write(ref _averageBytes, Math.Max(256, found.PayloadBytes / found.Entries.Count));
            if (found.Entries[^1].Cursor.Epoch == tables.Current.Epoch) _connections.Saw(found.Entries[^1].Cursor.Major);
            _history.Add(after, found.Entries);
        }
        return found.Entries;
    }

    private static async ValueTask<Box<LogCursor>?> TryEndAsync(NpgsqlConnection connection, LogLayout tables, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(tables.EndStatement, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || reader.GetInt64(0) != tables.Version) return null;
        var trimmed = PostgresRows.Cursor(reader, 1);
        var end = tables.SealedEnd > trimmed ? tables.SealedEnd : trimmed;
        if (!reader.IsDBNull(5) && PostgresRows.Cursor(reader, 5) is var newest && newest > end) end = newest;
        return new(end);
    }

    /// <summary>Runs a read again until it saw the tables that its statement named.</summary>
    private async ValueTask<T> QueryAsync<T>(Func<NpgsqlConnection, LogLayout, ValueTask<T?>> query, CancellationToken cancellation) where T : class
    {
        for (var changes = 0; changes <= MaxLayoutChanges; changes++)
        {
            await using var connection = await _connections.OpenAsync(cancellation);
            try
            {
                if (await query(connection, await LayoutAsync(connection, cancellation)) is { } answer) return answer;
            }
            catch (PostgresException problem) when (PostgresErrors.IsStaleLayout(problem))
            {
                // A table of the statement was dropped before it ran.
            }
            catch (Exception problem) when (PostgresErrors.IsFromServer(problem))
            {
                throw PostgresErrors.Translate(problem, _connections.Server);
            }
            Volatile.Write(ref _layout, null);
        }
        throw new MetadataLogException($"the metadata log in {_connections.Server} changes its tables all the time", isTransient: true);
    }

    private async ValueTask<LogLayout> LayoutAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _layout) is { } known) return known;
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var loaded = await _schema.LoadAsync(connection);
            Volatile.Write(ref _layout, loaded);
            return loaded;
        }
        catch (Exception problem) when (PostgresErrors.IsFromServer(problem))
        {
            throw PostgresErrors.Translate(problem, _connections.Server);
        }
    }

    private readonly record struct NewEntry(Guid Session, long Sequence, ReadOnlyMemory<byte> Payload, uint Hash);
}

/// <summary>A value for which "ask again" is null.</summary>
internal sealed record Box<T>(T Value);
