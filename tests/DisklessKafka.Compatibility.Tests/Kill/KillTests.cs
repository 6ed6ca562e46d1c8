using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using DisklessKafka.TestKit.Checking;
using DisklessKafka.TestKit.Processes;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>
/// A real agent process ends again and again, killed or asked to, at random moments under the load of idempotent producers and
/// a reader that follows; each time it is started anew on what it left. In the end everything is read back and checked.
/// <c>DISKLESSKAFKA_SEED</c> repeats a run's moments, <c>DISKLESSKAFKA_KILLS</c> makes it longer.
/// </summary>
public abstract class KillTests(ITestOutputHelper output)
{
    private const int Producers = 3, Partitions = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    protected abstract Stores NewStores();

    [Fact]
    public async Task Kills_at_random_moments_lose_repeat_and_reorder_nothing()
    {
        var random = SeededRandom();
        await RunAsync(Number("DISKLESSKAFKA_KILLS") ?? 20, random, async (agent, _) =>
        {
            // One in five falls while the agent still starts, one in five right after.
            var phase = random.Next(5);
            if (phase > 0)
                await agent.WhenReadyAsync();
            await Task.Delay(phase switch { 0 => random.Next(100, 1_000), 1 => random.Next(20), _ => random.Next(20, 1_500) });
            await agent.KillAsync();
        });
    }

    [Fact]
    public async Task An_agent_asked_to_end_under_load_answers_ends_well_and_loses_nothing()
    {
        var random = SeededRandom();
        await RunAsync(rounds: 3, random, async (agent, _) =>
        {
            await agent.WhenReadyAsync();
            await Task.Delay(random.Next(300, 1_500));
            var exitCode = await agent.TerminateAsync(Patience);
            Assert.True(exitCode == 0, $"the agent ended with exit code {exitCode}; it said:\n{agent.Said}");
        });
    }

    private async Task RunAsync(int rounds, Random random, Func<AgentProcess, int, Task> endAsync)
    {
        Librdkafka.Load();
        await using var stores = NewStores();
        await stores.StartAsync();
        string[] arguments = [.. stores.AgentArguments, "--listen", $"127.0.0.1:{LoopbackPort.Free(random)}"];
        var agent = await AgentProcess.StartAsync(arguments);
        var (bootstrap, topic) = (agent.Bootstrap, RunningAgent.NewTopic("kill"));
        Assert.Null((await AllClients.Reference.AdministerAsync(bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);

        var load = new Load(bootstrap, topic);
        try
        {
            for (var round = 1; round <= rounds; round++)
            {
                await endAsync(agent, round);
                output.WriteLine($"round {round}: {load.Acknowledged} records acknowledged");
                load.ThrowIfBroken(agent);
                await agent.DisposeAsync();
                agent = AgentProcess.Launch(arguments);
            }

            await agent.WhenReadyAsync();
            Check(await load.FinishAsync(agent), rounds);
        }
        finally
        {
            load.Dispose();
            await agent.DisposeAsync();
        }
    }

    private void Check(DeliveryHistory history, int rounds)
    {
        var acknowledged = history.Sent.Count(record => record.Outcome == SendOutcome.Acknowledged);
        output.WriteLine($"{history.Sent.Count} sent, {acknowledged} acknowledged, {history.FinalRead.Count} read, {history.EarlierReads.Count} read earlier");
        Assert.True(acknowledged > rounds * 100, $"only {acknowledged} records were acknowledged: that proves nothing");
        Assert.True(history.EarlierReads.Count > rounds * 100, $"only {history.EarlierReads.Count} records were read on the way");
        var violations = DeliveryChecker.Check(history);
        Assert.True(violations.Count == 0, $"{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(20))}");
    }

    private Random SeededRandom()
    {
        var seed = Number("DISKLESSKAFKA_SEED") ?? Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"DISKLESSKAFKA_SEED={seed}");
        return new Random(seed);
    }

    private static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var value) ? value : null;

    /// <summary>All producers and the reader that follows them.</summary>
    private sealed class Load : IDisposable
    {
        private readonly string bootstrap, topic;
        private readonly CancellationTokenSource stopSending = new(), stopFollowing = new();
        private readonly IdempotentProducer[] producers;
        private readonly Task sending, following;
        private readonly List<ReadRecord> followed = [];

        public Load(string bootstrap, string topic)
        {
            (this.bootstrap, this.topic) = (bootstrap, topic);
            producers = [.. Enumerable.Range(0, Producers).Select(number => new IdempotentProducer(bootstrap, topic, Partitions, number))];
            sending = Task.WhenAll(producers.Select(producer => producer.RunAsync(Patience, stopSending.Token)));
            following = Task.Factory.StartNew(Follow, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public long Acknowledged => producers.Sum(producer => producer.Acknowledged);

        public void ThrowIfBroken(AgentProcess agent)
        {
            foreach (var producer in producers.Where(producer => producer.Broken.IsCompleted))
                throw new InvalidOperationException($"{producer.Broken.Result}; the agent said:\n{agent.Said}");
            if (following.IsFaulted)
                throw new InvalidOperationException($"the reader broke: {following.Exception.InnerException!.Message}; the agent said:\n{agent.Said}", following.Exception);
        }

        public async Task<DeliveryHistory> FinishAsync(AgentProcess agent)
        {
            await stopSending.CancelAsync();
            await sending;
            ThrowIfBroken(agent);
            var history = new DeliveryHistory();
            using (var reader = new TopicReader(bootstrap, topic, Partitions))
                history.FinalRead.AddRange(reader.ReadAll(Patience));
            await stopFollowing.CancelAsync();
            await following;
            history.EarlierReads.AddRange(followed);
            foreach (var producer in producers)
                history.Sent.AddRange(producer.Sent());
            return history;
        }

        public void Dispose()
        {
            stopSending.Cancel();
            stopFollowing.Cancel();
            Array.ForEach(producers, producer => producer.Dispose());
        }

        private void Follow()
        {
            using var reader = new TopicReader(bootstrap, topic, Partitions);
            reader.Follow(followed, stopFollowing.Token);
        }
    }
}

public sealed class KillOnEmbeddedStore(ITestOutputHelper output) : KillTests(output)
{
    protected override Stores NewStores() => new EmbeddedStores();
}

public sealed class KillOnPostgresAndS3(ITestOutputHelper output) : KillTests(output)
{
    protected override Stores NewStores() => new ServerStores();
}
