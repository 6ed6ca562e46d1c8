using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
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
    private const int Partitions = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    protected abstract Stores NewStores();

    [Fact]
    public async Task Kills_at_random_moments_lose_repeat_and_reorder_nothing()
    {
        var random = SeededRandom();
        await RunAsync(Number("DISKLESSKAFKA_KILLS") ?? 20, random, async agent =>
        {
            // One in five falls while the agent still starts, one in five right after.
            var phase = random.Next(5);
            if (phase > 0)
                await agent.WhenReadyAsync();
            // The moment is the point here: nothing is waited for.
            await Task.Delay(phase switch { 0 => random.Next(100, 1_000), 1 => random.Next(20), _ => random.Next(20, 1_500) });
            await agent.KillAsync();
        });
    }

    [Fact]
    public async Task An_agent_asked_to_end_under_load_answers_ends_well_and_loses_nothing()
    {
        var random = SeededRandom();
        await RunAsync(rounds: 3, random, async agent =>
        {
            await agent.WhenReadyAsync();
            await Task.Delay(random.Next(300, 1_500));
            var exitCode = await agent.TerminateAsync(Patience);
            Assert.True(exitCode == 0, $"the agent ended with exit code {exitCode}; it said:\n{agent.Said}");
        });
    }

    private async Task RunAsync(int rounds, Random random, Func<AgentProcess, Task> endAsync)
    {
        Librdkafka.Load();
        await using var stores = NewStores();
        await stores.StartAsync();
        string[] arguments = [.. stores.AgentArguments, "--listen", $"127.0.0.1:{LoopbackPort.Free(random)}"];
        var agent = await AgentProcess.StartAsync(arguments);
        var (bootstrap, topic) = (agent.Bootstrap, RunningAgent.NewTopic("kill"));
        Assert.Null((await AllClients.Reference.AdministerAsync(bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);

        using var load = new IdempotentLoad(bootstrap, topic, Partitions, Patience);
        try
        {
            for (var round = 1; round <= rounds; round++)
            {
                await endAsync(agent);
                output.WriteLine($"round {round}: {load.Acknowledged} records acknowledged");
                load.ThrowIfBroken();
                await agent.DisposeAsync();
                agent = AgentProcess.Launch(arguments);
            }

            await agent.WhenReadyAsync();
            HistoryReport.Verify(await load.FinishAsync(), rounds * 100, output);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}; the agent said:\n{agent.Said}", e);
        }
        finally
        {
            await agent.DisposeAsync();
        }
    }

    private Random SeededRandom()
    {
        var seed = Number("DISKLESSKAFKA_SEED") ?? Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"DISKLESSKAFKA_SEED={seed}");
        return new Random(seed);
    }

    private static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var value) ? value : null;
}

public sealed class KillOnEmbeddedStore(ITestOutputHelper output) : KillTests(output)
{
    protected override Stores NewStores() => new EmbeddedStores();
}

public sealed class KillOnPostgresAndS3(ITestOutputHelper output) : KillTests(output)
{
    protected override Stores NewStores() => new ServerStores();
}
