using System.Text.Json;
using DisklessKafka.Benchmarks.MetadataLog;
using DisklessKafka.Micro;
using DisklessKafka.TestKit.Servers;

// Compares, on one durable Postgres and in one run: segment commits that update a row per partition in SQL, and appends to
// the metadata log with every client replaying everything. Entries are those of real segments, one idempotent batch a partition. Rounds alternate, so that a busy machine hits both alike.
//   dotnet run -c Release --project benchmarks/MetadataLog -- [--seconds 5] [--rounds 3] [--clients 8] [--postgres CONNECTION] [--json FILE]
string Option(string name, string otherwise) => args.SkipWhile(one => one != name).Skip(1).FirstOrDefault(otherwise);
var clients = int.Parse(Option("--clients", "8"));
var rounds = int.Parse(Option("--rounds", "3"));
var duration = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "5")));
var connection = Option("--postgres", "");

await using var own = connection.Length == 0 ? await PostgresServer.StartAsync("max_wal_size=4GB") : null;
connection = own?.ConnectionString ?? connection;
Console.WriteLine($"{Environment.ProcessorCount} cores, {clients} clients, {rounds} rounds of {duration.TotalSeconds:0.#} s, {await TableRowCommits.DescribeAsync(connection)}");

var results = new List<object>();
foreach (var (partitions, goal) in new[] { (100, 5), (1_000, 20) })
{
    var tables = await TableRowCommits.CreateAsync(connection, partitions);
    var payload = StateWorkload.Commit(1, partitions, topicPartitions: 100, isIdempotent: true).Payload;
    var appends = await LogAppends.CreateAsync(connection, clients, payload);
    double tableAlone = 0, tableTogether = 0, logRate = 0;
    for (var round = 0; round < rounds; round++)
    {
        tableAlone += await tables.RunAsync(1, duration) / rounds;
        tableTogether += await tables.RunAsync(clients, duration) / rounds;
        logRate += await appends.RunAsync(duration, pace: null) / rounds;
    }
    var tableRate = Math.Max(tableAlone, tableTogether); // clients that wait for each other's row locks may do worse than one alone
    var full = appends.TakeLatencies();
    await appends.RunAsync(duration, pace: TimeSpan.FromMilliseconds(250)); // each agent's own flush interval
    var paced = appends.TakeLatencies();
    await appends.DisposeAsync();

    Console.WriteLine($"""
        segments of {partitions} partitions, entries of {payload.Length:N0} bytes
          a table row per partition   {tableRate,8:N0} commits/s (one client {tableAlone:N0}, {clients} clients {tableTogether:N0})
          metadata log, replayed by all{logRate,8:N0} commits/s = {logRate / tableRate:N1} times as many (goal {goal})
          append to own replay, at full load              p50 {full.P50:N2} ms  p99 {full.P99:N2} ms
          append to own replay, each client 4 times a second p50 {paced.P50:N2} ms  p99 {paced.P99:N2} ms
        """);
    results.Add(new { partitions, payloadBytes = payload.Length, clients, tableCommitsPerSecond = tableRate, tableAlone, tableTogether, logCommitsPerSecond = logRate, ratio = logRate / tableRate, goal, fullLoad = full, paced });
}
if (Option("--json", "") is { Length: > 0 } file)
    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, JsonSerializerOptions.Web));
