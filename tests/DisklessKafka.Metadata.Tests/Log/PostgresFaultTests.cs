using System.Globalization;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.TestKit.Network;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>Servers that die, hang, lose data or are replaced. The tests share one server of their own, one after the other.</summary>
public sealed class PostgresFaultTests(PostgresFaultTests.OwnServer own) : IClassFixture<PostgresFaultTests.OwnServer>
{
    private const int AllBytes = 1 << 20;

    private PostgresLogOptions NewLog(int? port = null) => PostgresUrl.Parse(own.Server.Url) with
    {
        ConnectionString = own.Server.ConnectionString + (port is null ? "" : $";Port={port}"),
        Schema = $"fault_{own.NextSchema()}",
        GenerationBytes = 0,
        CommandTimeout = TimeSpan.FromSeconds(1),
        ConnectTimeout = TimeSpan.FromSeconds(2),
    };

    [Fact]
    public async Task Appends_whose_backend_is_killed_at_any_moment_are_there_exactly_once()
    {
        var options = NewLog() with { CommandTimeout = TimeSpan.FromSeconds(10) };
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        using var done = new CancellationTokenSource();
        var killing = KillBackendsAsync(options.Schema, new Random(1), done.Token);

        var tries = await AppendManyAsync(log, writers: 4, each: 250);
        await done.CancelAsync();
        await killing;

        Assert.True(tries > 1020, $"only {tries} tries for 1000 appends: the killer hit almost nothing");
        await AssertExactlyOnceAsync(options, writers: 4, each: 250);
    }

    [Fact]
    public async Task Appends_whose_answer_is_lost_are_there_exactly_once()
    {
        await using var proxy = new CuttingProxy(own.Server.Port);
        var options = NewLog(proxy.Port) with { CommandTimeout = TimeSpan.FromSeconds(10) };
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        var random = new Random(2);
        var gate = new Lock();
        proxy.LoseAnswers(() =>
        {
            lock (gate) return random.Next(12) == 0;
        });

        var tries = await AppendManyAsync(log, writers: 4, each: 100, trims: true);
        proxy.LoseAnswers(() => false);

        Assert.True(tries > 420, $"only {tries} tries for 400 appends: the proxy lost almost nothing");
        await AssertExactlyOnceAsync(options, writers: 4, each: 100);
    }

    [Fact]
    public async Task A_server_that_no_longer_answers_ends_every_call_in_time()
    {
        await using var proxy = new CuttingProxy(own.Server.Port);
        await using var log = await PostgresMetadataLog.OpenAsync(NewLog(proxy.Port), default);
        await log.AppendAsync(LogTests.Session(1), 1, new byte[1], default);
        proxy.Stall();

        var limit = TimeSpan.FromSeconds(20); // connect 2 s, statement 1 + 1 s, cancellation 1 s, each perhaps twice on a busy machine
        await Assert.ThrowsAsync<AppendInDoubtException>(async () => await log.AppendAsync(LogTests.Session(1), 2, LogTests.Bytes(100_000), default).AsTask().WaitAsync(limit));
        Assert.True((await Assert.ThrowsAsync<MetadataLogException>(async () => await log.ReadAsync(LogCursor.Start, AllBytes, default).AsTask().WaitAsync(limit))).IsTransient);
        Assert.True((await Assert.ThrowsAsync<MetadataLogException>(async () => await log.EndAsync(default).AsTask().WaitAsync(limit))).IsTransient);
    }

    [Fact]
    public async Task A_frozen_server_leaves_an_append_in_doubt_and_a_retry_after_the_thaw_settles_it()
    {
        var options = NewLog();
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        await log.AppendAsync(LogTests.Session(0), 1, LogTests.Bytes(21), default);
        await own.Server.FreezeAsync();
        try
        {
            await Assert.ThrowsAsync<AppendInDoubtException>(async () => await log.AppendAsync(LogTests.Session(0), 2, LogTests.Bytes(22), default));
        }
        finally
        {
            await own.Server.ThawAsync();
        }
        await AppendStubbornlyAsync(log, 0, 2);
        await AssertExactlyOnceAsync(options, writers: 1, each: 2);
    }

    [Fact]
    public async Task A_commit_that_no_standby_has_confirmed_is_not_acknowledged()
    {
        var options = NewLog();
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        await SetAsync("synchronous_standby_names = 'nobody'");
        try
        {
            for (var i = 0; i < 2; i++)
                await Assert.ThrowsAsync<AppendInDoubtException>(async () => await log.AppendAsync(LogTests.Session(0), 1, LogTests.Bytes(21), default));
        }
        finally
        {
            await SetAsync("synchronous_standby_names = ''");
        }
        await AppendStubbornlyAsync(log, 0, 1);
        await AssertExactlyOnceAsync(options, writers: 1, each: 1);
    }

    [Fact]
    public async Task Acknowledged_entries_outlive_a_killed_server_and_the_log_goes_on_by_itself()
    {
        var options = NewLog();
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        for (var sequence = 1; sequence <= 20; sequence++) await log.AppendAsync(LogTests.Session(0), sequence, LogTests.Bytes(20 + sequence), default);
        await own.Server.KillAsync();
        Assert.True((await Assert.ThrowsAnyAsync<MetadataLogException>(async () => await log.EndAsync(default))).IsTransient);
        await own.Server.StartAgainAsync();

        for (var sequence = 21; sequence <= 40; sequence++) await AppendStubbornlyAsync(log, 0, sequence);
        await AssertExactlyOnceAsync(options, writers: 1, each: 40);
    }

    [Fact]
    public async Task A_server_restored_to_an_older_copy_is_noticed()
    {
        var options = NewLog();
        await using var log = await PostgresMetadataLog.OpenAsync(options, default);
        for (var sequence = 1; sequence <= 3; sequence++) await log.AppendAsync(LogTests.Session(0), sequence, LogTests.Bytes(1), default);
        await own.Server.StopAsync();
        await own.Server.SaveDataAsync("older");
        await own.Server.StartAgainAsync();
        await AppendStubbornlyAsync(log, 0, 4);
        var end = await log.EndAsync(default);
        var read = await LogTests.ReadThroughAsync(log, LogCursor.Start, end);
        Assert.Equal(4, read.Count);

        await own.Server.StopAsync();
        await own.Server.RestoreDataAsync("older");
        await own.Server.StartAgainAsync();

        await Assert.ThrowsAsync<LogRewoundException>(() => ReadStubbornlyAsync(log, end)); // the agent that stayed up
        await using var restarted = await PostgresMetadataLog.OpenAsync(options, default);
        await Assert.ThrowsAsync<LogRewoundException>(async () => await restarted.ReadAsync(end, AllBytes, default)); // one that comes with a newer snapshot
        for (var sequence = 10; sequence < 20; sequence++) await restarted.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(1), default);
        await Assert.ThrowsAsync<LogRewoundException>(async () => await restarted.ReadAsync(end, AllBytes, default)); // also when the ids have caught up
    }

    [Fact]
    public async Task A_log_restored_into_a_younger_server_is_refused_until_a_new_epoch_is_allowed()
    {
        var options = NewLog();
        List<LogEntry> old;
        await using (var log = await PostgresMetadataLog.OpenAsync(options, default))
        {
            for (var i = 0; i < 200; i++) await own.Server.ExecuteAsync("SELECT pg_current_xact_id()");
            for (var sequence = 1; sequence <= 5; sequence++) await log.AppendAsync(LogTests.Session(0), sequence, LogTests.Bytes(1), default);
            old = await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));
        }
        var dump = await own.Server.RunToolAsync("pg_dump", "-n", options.Schema, "--inserts");
        await using var younger = await PostgresServer.StartAsync();
        await younger.ExecuteAsync("BEGIN;" + string.Join('\n', dump.Split('\n').Where(line => !line.StartsWith('\\'))) + ";COMMIT");
        var restored = options with { ConnectionString = younger.ConnectionString };

        var refusal = await Assert.ThrowsAsync<MetadataLogException>(async () => await PostgresMetadataLog.OpenAsync(restored, default));
        Assert.Contains("restored", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.False(refusal.IsTransient);

        await using (var log = await PostgresMetadataLog.OpenAsync(restored with { BeginNewEpoch = true }, default))
            for (var sequence = 1; sequence <= 5; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(1), default);
        await using (var log = await PostgresMetadataLog.OpenAsync(restored, default))
        {
            Assert.Equal([1, 2, 3, 4, 5], (await LogTests.ReadThroughAsync(log, old[^1].Cursor, await log.EndAsync(default))).Select(entry => entry.Sequence));
            var all = await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));
            Assert.Equal(old.Select(entry => entry.Cursor), all.Take(5).Select(entry => entry.Cursor));
            Assert.True(all[5].Cursor.Epoch > all[4].Cursor.Epoch && all[5].Cursor.Major < all[4].Cursor.Major);
        }
    }

    /// <summary>Also checks that the outcome of no call is called "no effect" when there was one: a wrong one would show as a second entry.</summary>
    private static async Task<int> AppendManyAsync(PostgresMetadataLog log, int writers, int each, bool trims = false)
    {
        var tries = 0;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var sequence = 1; sequence <= each; sequence++)
            {
                Interlocked.Add(ref tries, await AppendStubbornlyAsync(log, writer, sequence));
                if (trims && writer == 0 && sequence % 10 == 0) await RotateAsync(log);
            }
        }));
        return tries;
    }

    /// <summary>A trim that trims nothing yet: it starts a new table and seals the one before.</summary>
    private static async Task RotateAsync(PostgresMetadataLog log)
    {
        try
        {
            await log.TrimAsync(LogCursor.Start with { Minor = 1 }, default);
        }
        catch (MetadataLogException problem) when (problem.IsTransient)
        {
        }
    }

    private static async Task<int> AppendStubbornlyAsync(PostgresMetadataLog log, int writer, long sequence)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(20 + (int)sequence), default);
                return tries;
            }
            catch (MetadataLogException problem) when (problem.IsTransient && tries < 1000)
            {
            }
        }
    }

    private static async Task ReadStubbornlyAsync(PostgresMetadataLog log, LogCursor after)
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            try
            {
                await log.ReadAsync(after, AllBytes, default);
                return;
            }
            catch (MetadataLogException problem) when (problem.IsTransient)
            {
            }
        }
    }

    private static async Task AssertExactlyOnceAsync(PostgresLogOptions options, int writers, int each)
    {
        await using var reader = await PostgresMetadataLog.OpenAsync(options, default);
        var end = await reader.EndAsync(default);
        var from = LogCursor.Start;
        try
        {
            await reader.ReadAsync(from, AllBytes, default);
        }
        catch (LogTrimmedException)
        {
            from = LogCursor.Start with { Minor = 1 };
        }
        var read = await LogTests.ReadThroughAsync(reader, from, end);
        Assert.Equal(writers * each, read.Count);
        foreach (var own in read.GroupBy(entry => entry.Session))
            Assert.Equal(Enumerable.Range(1, each).Select(i => (long)i), own.Select(entry => entry.Sequence));
    }

    private async Task KillBackendsAsync(string schema, Random random, CancellationToken cancellation)
    {
        await using var connection = await own.Server.ConnectAsync();
        while (!cancellation.IsCancellationRequested)
        {
            await using var command = new Npgsql.NpgsqlCommand(string.Create(CultureInfo.InvariantCulture,
                $"SELECT pg_sleep({random.NextDouble() * 0.02}), (SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE query LIKE '%\"{schema}\"%' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) a)"), connection);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task SetAsync(string setting)
    {
        await own.Server.ExecuteAsync($"ALTER SYSTEM SET {setting}");
        await own.Server.ExecuteAsync("SELECT pg_reload_conf()");
        var (name, value) = (setting.Split(" = ")[0], setting.Split(" = ")[1].Trim('\''));
        var started = TimeProvider.System.GetTimestamp();
        while (true) // the walsender-free server applies it when each process next looks
        {
            await using var connection = await own.Server.ConnectAsync();
            await using var command = new Npgsql.NpgsqlCommand($"SHOW {name}", connection);
            if ((string)(await command.ExecuteScalarAsync())! == value) return;
            if (TimeProvider.System.GetElapsedTime(started) > LogTests.Patience) throw new TimeoutException($"the server never took {setting}");
        }
    }

    public sealed class OwnServer : IAsyncLifetime
    {
        private int _schemas;

        public PostgresServer Server { get; private set; } = null!;

        public int NextSchema() => Interlocked.Increment(ref _schemas);

        public async Task InitializeAsync() => Server = await PostgresServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
