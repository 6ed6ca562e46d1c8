using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Postgres;
using Npgsql;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>What the order by transaction id brings with it, against a server that stays up.</summary>
[Collection(nameof(PostgresFixture))]
public sealed class PostgresOrderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int AllBytes = 1 << 20;
    private readonly PostgresLogOptions _options = postgres.NewLog();
    private PostgresMetadataLog _log = null!;
    private NpgsqlConnection _foreign = null!;

    public async Task InitializeAsync()
    {
        _log = await PostgresMetadataLog.OpenAsync(_options, default);
        _foreign = new NpgsqlConnection(_options.ConnectionString + ";Pooling=false;Application Name=some report");
        await _foreign.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await _foreign.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Fact]
    public async Task A_long_foreign_transaction_delays_readers_but_neither_appends_nor_the_order()
    {
        await AppendAsync(1, 1);
        await RunAsync("BEGIN");
        await RunAsync("SELECT pg_current_xact_id()");
        for (var sequence = 2; sequence <= 5; sequence++) await AppendAsync(1, sequence);

        var first = (await _log.ReadAsync(LogCursor.Start, AllBytes, default)).Single();
        Assert.Empty(await _log.ReadAsync(first.Cursor, AllBytes, default));
        var end = await _log.EndAsync(default);
        Assert.True(end > first.Cursor);
        Assert.Equal(4, (await _log.MeasureLagAsync(default)).UnreadableEntries);

        await RunAsync("COMMIT");
        var read = await LogTests.ReadThroughAsync(_log, first.Cursor, end);
        Assert.Equal([2, 3, 4, 5], read.Select(entry => entry.Sequence));
        Assert.Equal(end, read[^1].Cursor);
        Assert.Equal(0, (await _log.MeasureLagAsync(default)).UnreadableEntries);
    }

    [Fact]
    public async Task The_transaction_that_holds_the_order_back_is_named()
    {
        await RunAsync("BEGIN");
        await RunAsync("SELECT pg_current_xact_id()");
        await AppendAsync(1, 1);

        var blocker = await _log.FindBlockerAsync(default);

        Assert.NotNull(blocker);
        Assert.Equal(_foreign.ProcessID, blocker.Pid);
        Assert.Contains("some report", blocker.Who, StringComparison.Ordinal);
        Assert.Equal("idle in transaction", blocker.State);
        await RunAsync("ROLLBACK");
        Assert.NotEqual(_foreign.ProcessID, (await _log.FindBlockerAsync(default))?.Pid);
    }

    [Fact]
    public async Task A_forgotten_prepared_transaction_is_named_too()
    {
        var name = $"forgotten {_options.Schema}";
        await RunAsync("BEGIN");
        await RunAsync("SELECT pg_current_xact_id()");
        await RunAsync($"PREPARE TRANSACTION '{name}'");
        try
        {
            await AppendAsync(1, 1);
            Assert.Empty(await _log.ReadAsync(LogCursor.Start, AllBytes, default));
            var blocker = await _log.FindBlockerAsync(default);
            Assert.Equal(0, blocker?.Pid);
            Assert.Contains(name, blocker!.Who, StringComparison.Ordinal);
        }
        finally
        {
            await RunAsync($"ROLLBACK PREPARED '{name}'");
        }
        Assert.Single(await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_waits_for_its_first_try_and_then_finds_or_inserts_the_entry(bool firstTryCommits)
    {
        await BeginFirstTryAsync(sequence: 1);
        var retry = AppendAsync(1, 1);
        await WaitForLockWaitAsync(retry);
        Assert.False(retry.IsCompleted);

        await RunAsync(firstTryCommits ? "COMMIT" : "ROLLBACK");

        await retry.WaitAsync(LogTests.Patience);
        Assert.Single(await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_finds_its_first_try_also_when_the_log_has_moved_on_to_a_new_table(bool firstTryCommits)
    {
        await AppendAsync(1, 1);
        await AppendAsync(1, 2); // stays when the first entry is trimmed, and its table with it
        await BeginFirstTryAsync(sequence: 3);
        var inDoubt = AppendAsync(1, 3);
        await TerminateAsync(await WaitForLockWaitAsync(inDoubt));
        await Assert.ThrowsAsync<AppendInDoubtException>(async () => await inDoubt);
        await RunAsync(firstTryCommits ? "COMMIT" : "ROLLBACK");
        await using (var other = await PostgresMetadataLog.OpenAsync(_options, default))
        {
            await other.TrimAsync((await LogTests.ReadCountAsync(other, LogCursor.Start, 1))[0].Cursor, default); // seals the table of the first try
            await other.AppendAsync(LogTests.Session(2), 1, new byte[1], default);
        }

        await AppendAsync(1, 3);

        var from = await TrimPointAsync();
        var read = await LogTests.ReadThroughAsync(_log, from, await _log.EndAsync(default));
        Assert.Equal(firstTryCommits ? [(1, 2), (1, 3), (2, 1)] : [(1, 2), (2, 1), (1, 3)], read.Select(entry => (LogTests.NumberOf(entry.Session), (int)entry.Sequence)));
    }

    [Fact]
    public async Task A_retry_that_fails_leaves_the_append_in_doubt()
    {
        await BeginFirstTryAsync(sequence: 1);
        for (var i = 0; i < 2; i++)
        {
            var inDoubt = AppendAsync(1, 1);
            var backend = await WaitForLockWaitAsync(inDoubt);
            if (i == 0) await TerminateAsync(backend);
            else await CancelAsync(backend); // by itself "no effect", but the first try is still undecided
            await Assert.ThrowsAsync<AppendInDoubtException>(async () => await inDoubt);
        }
        await RunAsync("COMMIT");
        await AppendAsync(1, 1);
        Assert.Single(await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default)));
    }

    [Fact]
    public async Task An_append_that_the_server_refuses_had_no_effect_and_is_not_in_doubt()
    {
        await BeginFirstTryAsync(sequence: 1);
        var refused = AppendAsync(1, 1);
        await CancelAsync(await WaitForLockWaitAsync(refused));

        var problem = await Assert.ThrowsAsync<MetadataLogException>(async () => await refused);

        Assert.True(problem.IsTransient);
        await RunAsync("ROLLBACK");
        Assert.Empty(await _log.ReadAsync(LogCursor.Start, AllBytes, default));
    }

    [Fact]
    public async Task A_lost_entry_under_the_cursor_is_noticed_at_the_next_read()
    {
        for (var sequence = 1; sequence <= 3; sequence++) await AppendAsync(1, sequence);
        var read = await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default));
        await RunAsync($"DELETE FROM \"{_options.Schema}\".entries_1 WHERE sequence = 3");

        await Assert.ThrowsAsync<LogRewoundException>(async () => await _log.ReadAsync(read[2].Cursor, AllBytes, default));
        await AppendAsync(1, 4);
        await Assert.ThrowsAsync<LogRewoundException>(async () => await _log.ReadAsync(read[2].Cursor, AllBytes, default));
    }

    [Fact]
    public async Task A_loss_behind_the_cursor_is_noticed_when_connections_are_new()
    {
        for (var sequence = 1; sequence <= 3; sequence++) await AppendAsync(1, sequence);
        var read = await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default));
        await RunAsync($"DELETE FROM \"{_options.Schema}\".entries_1 WHERE sequence = 2"); // as if it had committed after the third and was lost in a fail-over
        await RunAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%\"{_options.Schema}\"%' AND pid <> pg_backend_pid()");

        await Assert.ThrowsAsync<LogRewoundException>(async () =>
        {
            while (true)
            {
                try
                {
                    await _log.ReadAsync(read[2].Cursor, AllBytes, default);
                }
                catch (MetadataLogException problem) when (problem.IsTransient)
                {
                    continue; // the dead connection
                }
                break;
            }
        });
    }

    [Fact]
    public async Task Trimmed_tables_are_dropped_and_a_reader_in_one_delays_only_that()
    {
        for (var sequence = 1; sequence <= 4; sequence++) await AppendAsync(1, sequence);
        var first = (await LogTests.ReadThroughAsync(_log, LogCursor.Start, await _log.EndAsync(default)))[^1].Cursor;
        await RunAsync("BEGIN");
        await RunAsync($"SELECT count(*) FROM \"{_options.Schema}\".entries_1"); // a dump, say

        await _log.TrimAsync(first, default);
        await AppendAsync(1, 5);
        var second = await _log.EndAsync(default);
        await _log.TrimAsync(second, default);
        Assert.Equal(2, await CountTablesAsync());

        await RunAsync("COMMIT");
        await AppendAsync(1, 6);
        await _log.TrimAsync(await _log.EndAsync(default), default);
        Assert.Equal(1, await CountTablesAsync());
    }

    [Fact]
    public async Task Reads_and_appends_use_indexes_and_never_scan_a_table()
    {
        var cursor = LogCursor.Start;
        var started = TimeProvider.System.GetTimestamp();
        for (var sequence = 1; ; sequence++)
        {
            await AppendAsync(1, sequence);
            cursor = (await LogTests.ReadThroughAsync(_log, cursor, await _log.EndAsync(default)))[^1].Cursor;
            await using var command = new NpgsqlCommand($"""
                SELECT coalesce(sum(idx_scan), 0)::bigint, coalesce(sum(seq_tup_read), 0)::bigint
                FROM pg_stat_user_tables WHERE schemaname = '{_options.Schema}' AND relname LIKE 'entries%'
                """, _foreign);
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            Assert.Equal(0, reader.GetInt64(1));
            if (reader.GetInt64(0) > 100) return; // backends report what they did about once a second
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LogTests.Patience, "the server never reported index scans");
        }
    }

    [Fact]
    public async Task Clusters_in_schemas_of_one_server_do_not_see_each_other()
    {
        await using var other = await PostgresMetadataLog.OpenAsync(postgres.NewLog(), default);
        await AppendAsync(1, 1);
        Assert.Empty(await other.ReadAsync(LogCursor.Start, AllBytes, default));
    }

    [Fact]
    public async Task A_log_of_a_newer_format_is_refused_in_one_line()
    {
        await RunAsync($"UPDATE \"{_options.Schema}\".log SET format = 99");
        var problem = await Assert.ThrowsAsync<MetadataLogException>(async () => await PostgresMetadataLog.OpenAsync(_options, default));
        Assert.False(problem.IsTransient);
        Assert.Contains("format 99", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public async Task Many_agents_may_make_the_schema_at_once()
    {
        var fresh = postgres.NewLog();
        var logs = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => await PostgresMetadataLog.OpenAsync(fresh, default)));
        await Task.WhenAll(logs.Select(async (one, i) => await one.AppendAsync(LogTests.Session(i), 1, new byte[1], default)));
        Assert.Equal(6, (await LogTests.ReadThroughAsync(logs[0], LogCursor.Start, await logs[0].EndAsync(default))).Count);
        foreach (var one in logs) await one.DisposeAsync();
    }

    [Fact]
    public async Task A_wrong_password_database_or_port_is_said_in_one_line_without_the_password()
    {
        foreach (var wrong in new[] { "Password=not-it-9271", "Database=nowhere", "Port=1" })
        {
            var problem = await Assert.ThrowsAsync<MetadataLogException>(async () =>
                await PostgresMetadataLog.OpenAsync(_options with { ConnectionString = _options.ConnectionString + ";" + wrong }, default));
            Assert.DoesNotContain('\n', problem.Message);
            Assert.DoesNotContain("not-it", problem.ToString(), StringComparison.Ordinal);
            Assert.Contains("127.0.0.1", problem.Message, StringComparison.Ordinal);
            Assert.Equal(wrong == "Port=1", problem.IsTransient);
        }
    }

    private async Task AppendAsync(int session, long sequence) =>
        await _log.AppendAsync(LogTests.Session(session), sequence, LogTests.Bytes((int)sequence), default);

    /// <summary>The very row that an append of session 1 makes, in a transaction that stays open.</summary>
    private async Task BeginFirstTryAsync(long sequence)
    {
        await RunAsync("BEGIN");
        await using var command = new NpgsqlCommand(
            $"INSERT INTO \"{_options.Schema}\".entries_1 (session, sequence, hash, payload) VALUES ($1, $2, $3, $4)", _foreign);
        var payload = LogTests.Bytes((int)sequence);
        foreach (object value in new object[] { LogTests.Session(1), sequence, (long)EntryHash.Of(LogTests.Session(1), sequence, payload), payload })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private async Task<int> WaitForLockWaitAsync(Task append)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < LogTests.Patience)
        {
            await RunAsync("SELECT pg_stat_clear_snapshot()"); // a transaction sees one and the same activity otherwise
            await using var command = new NpgsqlCommand("SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))", _foreign);
            command.Parameters.Add(new() { Value = _foreign.ProcessID });
            if (await command.ExecuteScalarAsync() is int pid) return pid;
            if (append.IsCompleted) await append; // shows why it did not wait
        }
        throw new TimeoutException("the append never came to wait for the first try");
    }

    private Task TerminateAsync(int pid) => RunAsync($"SELECT pg_terminate_backend({pid})");

    private Task CancelAsync(int pid) => RunAsync($"SELECT pg_cancel_backend({pid})");

    private async Task<LogCursor> TrimPointAsync()
    {
        await using var command = new NpgsqlCommand($"SELECT trim_epoch, trim_xid::text::bigint, trim_id, trim_hash FROM \"{_options.Schema}\".log", _foreign);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new LogCursor(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), (uint)reader.GetInt64(3));
    }

    private async Task<long> CountTablesAsync()
    {
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM pg_tables WHERE schemaname = '{_options.Schema}' AND tablename LIKE 'entries%'", _foreign);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _foreign);
        await command.ExecuteNonQueryAsync();
    }
}
