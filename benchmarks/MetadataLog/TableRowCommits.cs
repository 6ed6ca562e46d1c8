using Npgsql;

namespace DisklessKafka.Benchmarks.MetadataLog;

/// <summary>
/// The other way to do it, written as well as it can be: one function call a segment, one statement that locks the
/// partitions' rows in order, moves their next offsets and inserts the extents.
/// </summary>
internal sealed class TableRowCommits(NpgsqlDataSource source, int partitions)
{
    public static async Task<string> DescribeAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(
            "SELECT 'Postgres ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public static async Task<TableRowCommits> CreateAsync(string connection, int partitions)
    {
        var source = NpgsqlDataSource.Create(connection + ";Max Auto Prepare=10;Auto Prepare Min Usages=1;No Reset On Close=true");
        await using var command = source.CreateCommand($"""
            DROP SCHEMA IF EXISTS table_rows CASCADE;
            CREATE SCHEMA table_rows;
            CREATE TABLE table_rows.partitions (id integer PRIMARY KEY, next_offset bigint NOT NULL) WITH (fillfactor = 50);
            INSERT INTO table_rows.partitions SELECT id, 0 FROM generate_series(1, {partitions}) id;
            CREATE TABLE table_rows.extents (partition integer, base_offset bigint, record_count integer, segment bigint, position integer, length integer,
              PRIMARY KEY (partition, base_offset));
            CREATE FUNCTION table_rows.commit_segment(segment bigint, ids integer[], counts integer[], positions integer[], lengths integer[]) RETURNS bigint LANGUAGE sql AS $$
              WITH locked AS (SELECT id FROM table_rows.partitions WHERE id = ANY(ids) ORDER BY id FOR UPDATE),
              moved AS (UPDATE table_rows.partitions p SET next_offset = next_offset + b.count
                FROM unnest(ids, counts, positions, lengths) b(id, count, position, length)
                WHERE p.id = b.id AND p.id IN (SELECT id FROM locked)
                RETURNING p.id, p.next_offset - b.count AS base, b.count, b.position, b.length),
              added AS (INSERT INTO table_rows.extents SELECT id, base, count, segment, position, length FROM moved RETURNING 1)
              SELECT count(*) FROM added $$;
            """);
        await command.ExecuteNonQueryAsync();
        return new TableRowCommits(source, partitions);
    }

    /// <returns>Commits a second.</returns>
    public async Task<double> RunAsync(int clients, TimeSpan duration)
    {
        var ids = Enumerable.Range(1, partitions).ToArray();
        var started = TimeProvider.System.GetTimestamp();
        var commits = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var done = 0;
            for (; TimeProvider.System.GetElapsedTime(started) < duration; done++)
            {
                await using var command = source.CreateCommand("SELECT table_rows.commit_segment($1, $2, $3, $4, $5)");
                command.Parameters.Add(new() { Value = (long)done });
                for (var i = 0; i < 4; i++) command.Parameters.Add(new() { Value = ids });
                await command.ExecuteScalarAsync();
            }
            return done;
        })));
        return commits.Sum() / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
