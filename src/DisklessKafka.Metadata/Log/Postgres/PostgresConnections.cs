using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>Our connections: pooled, time-outs everywhere, and settings on which the log's guarantees and plans rest.</summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly PostgresLogOptions _options;
    private long _highestXid;
    private int _opened;

    public PostgresConnections(PostgresLogOptions options)
    {
        _options = options;
        Server = PostgresUrl.Describe(options.ConnectionString);
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.Timeout = Seconds(options.ConnectTimeout);
        settings.CommandTimeout = Seconds(options.CommandTimeout) + 1; // after the server's own: its answer says that there was no effect
        settings.CancellationTimeout = 1000; // milliseconds to wait for a cancelled statement's own answer
        settings.ApplicationName ??= "DisklessKafka metadata log";
        settings.MaxAutoPrepare = 32;        // about 8 statements for each of up to 4 layouts that are in use at a time
        settings.AutoPrepareMinUsages = 2;   // one-off statements stay unprepared
        settings.NoResetOnClose = true;      // we change no session state after a connection is set up
        settings.Multiplexing = false;
        settings.Enlist = false;
        settings.IncludeErrorDetail = false; // may hold row contents
        builder.UsePhysicalConnectionInitializer(
            _ => throw new NotSupportedException("the metadata log opens its connections asynchronously"), InitializeAsync);
        _source = builder.Build();
    }

    /// <summary>HOST:PORT/DB, for messages.</summary>
    public string Server { get; }

    /// <summary>How many physical connections were set up so far: a fail-over always shows in it.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <exception cref="MetadataLogException">Without any effect on the log.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellation);
        }
        catch (Exception problem) when (PostgresErrors.IsFromServer(problem))
        {
            throw PostgresErrors.Translate(problem, Server);
        }
    }

    /// <summary>Tells what is in the log already, so that a server that hands out older transaction ids is noticed.</summary>
    public void Saw(long xid)
    {
        var seen = Volatile.Read(ref _highestXid);
        while (xid > seen)
        {
            var before = Interlocked.CompareExchange(ref _highestXid, xid, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task InitializeAsync(NpgsqlConnection connection)
    {
        var seen = Volatile.Read(ref _highestXid); // before the server is asked: what is read meanwhile may be newer than its answer
        var milliseconds = ((long)_options.CommandTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await using var command = new NpgsqlCommand(
            """
            SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
              set_config('idle_in_transaction_session_timeout', $1, false),
              set_config('default_transaction_isolation', 'read committed', false),
              set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
              set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false), set_config('enable_sort', 'off', false),
              set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false),
              pg_is_in_recovery(), pg_snapshot_xmax(pg_current_snapshot())
            """, connection) { Parameters = { new() { Value = milliseconds, NpgsqlDbType = NpgsqlDbType.Text } } };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        if (reader.GetBoolean(10))
            throw new MetadataLogException($"Postgres at {Server} is a standby: give the address of the primary (or Target Session Attributes=primary and all hosts)", isTransient: true);
        CheckXid((long)reader.GetFieldValue<ulong>(11), seen);
        Interlocked.Increment(ref _opened);
    }

    /// <summary>Transaction ids of one server only grow. One below what the log holds means the log was copied into another server.</summary>
    private void CheckXid(long nextXid, long seen)
    {
        if (seen >= nextXid)
            throw new LogRewoundException(
                $"Postgres at {Server} stands at transaction {nextXid}, the metadata log was already at {seen}: it is another or a restored server");
    }

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));
}
