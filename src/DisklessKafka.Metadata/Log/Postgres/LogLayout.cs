namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Which tables the log consists of at one moment. Every reading statement names exactly these tables and returns the
/// log's layout version from the same snapshot: if it is another one, the statement may have missed a table and its
/// answer is thrown away. That, and not the lifetime of a cached plan, is what keeps gaps out of reads.
/// </summary>
internal sealed class LogLayout
{
    private readonly SchemaName _schema;
    private readonly LogGeneration[] _open;

    public LogLayout(SchemaName schema, long version, IReadOnlyList<LogGeneration> generations)
    {
        _schema = schema;
        Version = version;
        Generations = generations;
        _open = [.. generations.Where(generation => !generation.IsSealed)];
        SealedEnd = generations.Select(generation => generation.Last ?? LogCursor.Start).Max();
        AppendStatement = AppendTo(Current);
        EndStatement = $"""
            SELECT l.layout, l.trim_epoch, l.trim_xid, l.trim_id, l.trim_hash, e.epoch, e.xid, e.id, e.hash
            FROM {schema.Quoted}.log l LEFT JOIN LATERAL (
              SELECT * FROM ({Union("SELECT epoch, xid, id, hash FROM {0} ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1", _open)}) newest
              ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1) e ON true
            """;
        ReadAllStatement = ReadFrom(generations);
        ReadOpenStatement = ReadFrom(_open);
    }

    public long Version { get; }

    /// <summary>Ascending by number.</summary>
    public IReadOnlyList<LogGeneration> Generations { get; }

    /// <summary>Where new entries go. Never sealed.</summary>
    public LogGeneration Current => Generations[^1];

    /// <summary>The newest entry of the sealed tables.</summary>
    public LogCursor SealedEnd { get; }

    public string AppendStatement { get; }

    /// <summary>The newest committed entry of the open tables, readable or not.</summary>
    public string EndStatement { get; }

    private string ReadAllStatement { get; }
    private string ReadOpenStatement { get; }

    public LogGeneration? Find(long generation) => Generations.FirstOrDefault(known => known.Number == generation);

    /// <summary>
    /// A reader that is past all sealed tables leaves them alone, so that dropping them never waits for it; the entry at
    /// its cursor must still be looked at, hence "past" and not "at the end of".
    /// </summary>
    public string ReadStatement(LogCursor after) =>
        _open.Length < Generations.Count && Generations.All(generation => generation.Last is not { } last || last < after)
            ? ReadOpenStatement : ReadAllStatement;

    /// <summary>The one statement of an append. Alone in its transaction: what it returns after is committed.</summary>
    public string AppendTo(LogGeneration generation) =>
        $"INSERT INTO {generation.Table(_schema)} (session, sequence, hash, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (session, sequence) DO NOTHING";

    /// <summary>
    /// The row of an earlier try. The message it writes makes its own commit wait until everything before it, so also
    /// that row, is as durable as the server's synchronous_commit asks for.
    /// </summary>
    public string LookupStatement(params IReadOnlyList<LogGeneration> generations) =>
        $"SELECT hash, pg_logical_emit_message(true, 'disklesskafka', '') FROM ({Union("SELECT hash FROM {0} WHERE session = $1 AND sequence = $2", generations)}) found";

    /// <summary>Count and hash sum of the readable entries between two cursors, both included.</summary>
    public string SumStatement() =>
        $"""
        SELECT l.layout, l.trim_epoch, l.trim_xid, l.trim_id, l.trim_hash, s.entries, s.hashes
        FROM {_schema.Quoted}.log l CROSS JOIN LATERAL (
          SELECT count(*) AS entries, coalesce(sum(hash), 0)::bigint AS hashes FROM (
            {Union("SELECT hash FROM {0} WHERE (epoch, xid, id) >= ($1, $2, $3) AND (epoch, xid, id) <= ($4, $5, $6)", Generations)}) a) s
        """;

    /// <summary>How many committed entries are not readable yet (100,000 stands for "or more"), and the age of the oldest in milliseconds.</summary>
    public string LagStatement() =>
        $"""
        SELECT l.layout, w.entries, w.age FROM {_schema.Quoted}.log l CROSS JOIN LATERAL (
          SELECT count(*) AS entries, coalesce((extract(epoch FROM clock_timestamp()) * 1000)::bigint - min(at_ms), 0) AS age FROM (
            {Union($"SELECT at_ms FROM {{0}} WHERE (epoch, xid) >= ({Current.Epoch}, pg_snapshot_xmin(pg_current_snapshot())) LIMIT 100000", _open)}) a) w
        """;

    /// <summary>
    /// From the entry at the cursor on ($1 to $3; it comes without its payload), at most $5 entries. Below
    /// pg_snapshot_xmin of the statement's own snapshot every transaction is decided and none can begin any more, so no
    /// entry can ever appear in front of one returned. Entries of epochs before the current one ($4) are all decided.
    /// Both bounds are row comparisons over the index's leading columns: unreadable rows are never scanned.
    /// </summary>
    private string ReadFrom(IReadOnlyList<LogGeneration> generations)
    {
        const string columns = "epoch, xid, id, hash, at_ms, session, sequence";
        const string one = $$"""
            SELECT {{columns}}, CASE WHEN epoch = $1 AND xid = $2 AND id = $3 THEN NULL ELSE payload END AS payload FROM {0}
              WHERE (epoch, xid, id) >= ($1, $2, $3) AND (epoch, xid) < ($4, pg_snapshot_xmin(pg_current_snapshot()))
              ORDER BY epoch, xid, id LIMIT $5
            """;
        return $"""
            SELECT l.layout, l.trim_epoch, l.trim_xid, l.trim_id, l.trim_hash, e.*
            FROM {_schema.Quoted}.log l LEFT JOIN LATERAL (
              SELECT {columns}, payload FROM ({Union(one, generations)}) tail ORDER BY epoch, xid, id LIMIT $5) e ON true
            """;
    }

    private string Union(string select, IReadOnlyList<LogGeneration> generations) =>
        string.Join(" UNION ALL ", generations.Select(generation => $"({select.Replace("{0}", generation.Table(_schema), StringComparison.Ordinal)})"));
}

/// <summary>One table of entries.</summary>
/// <param name="Epoch">The log epoch of what is appended to it.</param>
/// <param name="IsSealed">No entry can be added any more.</param>
/// <param name="Last">Of a sealed one: its newest entry; null if it is open or empty.</param>
internal sealed record LogGeneration(long Number, long Epoch, bool IsSealed, LogCursor? Last)
{
    public string Table(SchemaName schema) => $"{schema.Quoted}.entries_{Number}";
}
