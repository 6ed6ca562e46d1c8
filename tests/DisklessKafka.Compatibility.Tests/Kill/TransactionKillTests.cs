using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>
/// Three agents over Postgres and S3, one of them killed again and again, while transactional producers write to several
/// partitions at once: a read_committed consumer sees each committed transaction exactly once and whole, and no aborted one.
/// </summary>
public sealed class TransactionKillTests(ITestOutputHelper output)
{
    private const int Partitions = 3, Producers = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Transactions_are_seen_once_and_whole_while_agents_are_killed()
    {
        Librdkafka.Load();
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_SEED"), out var given) ? given : Environment.TickCount & 0xFFFFFF;
        var kills = int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_KILLS"), out var wanted) ? wanted : 8;
        output.WriteLine($"DISKLESSKAFKA_SEED={seed}");
        await using var agents = await KillableAgents.StartAsync(new Random(seed));
        var bootstrap = agents.Bootstrap;
        var topic = RunningAgent.NewTopic("tx-kill");
        Assert.Null((await AllClients.Reference.AdministerAsync(bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);
        using var stop = new CancellationTokenSource();
        var loads = Enumerable.Range(0, Producers).Select(number => new TransactionLoad(bootstrap, topic, Partitions, number, seed)).ToArray();
        var running = loads.Select(load => Task.Factory.StartNew(() => load.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await agents.KillAsync(kills, kill => output.WriteLine($"kill {kill}: {loads.Sum(load => load.Committed.Count)} transactions committed"));
        await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(Patience);
        Verify(loads, TransactionReader.ReadAll(bootstrap, topic, Partitions, Patience));
    }

    private void Verify(TransactionLoad[] loads, Dictionary<string, List<int>> seen)
    {
        var (committed, aborted) = (loads.SelectMany(load => load.Committed).ToHashSet(), loads.SelectMany(load => load.Aborted).ToHashSet());
        var unknown = loads.SelectMany(load => load.Unknown).ToHashSet();
        output.WriteLine($"{committed.Count} committed, {aborted.Count} aborted, {unknown.Count} unknown, {seen.Count} seen");
        Assert.True(committed.Count > 50, $"only {committed.Count} transactions were committed: that proves little");
        Assert.True(aborted.Count > 5, $"only {aborted.Count} transactions were aborted: that proves little");
        Assert.Empty(committed.Except(seen.Keys));
        Assert.Empty(seen.Keys.Intersect(aborted));
        Assert.Empty(seen.Keys.Except(committed).Except(unknown));
        foreach (var (name, partitions) in seen)
            Assert.True(partitions.Order().SequenceEqual(Enumerable.Range(0, Partitions)), $"transaction {name} was seen in partitions {string.Join(", ", partitions)}");
    }
}
