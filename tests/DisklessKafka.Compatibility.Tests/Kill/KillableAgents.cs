using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Three agents over Postgres and S3, of which one is killed now and then and comes back at its address.</summary>
internal sealed class KillableAgents : IAsyncDisposable
{
    private readonly ServerStores _stores = new();
    private readonly string[][] _arguments = new string[3][];
    private readonly AgentProcess?[] _agents = new AgentProcess?[3];
    private readonly Random _random;

    private KillableAgents(Random random) => _random = random;

    public string Bootstrap => string.Join(',', _agents.Select(agent => agent!.Bootstrap));

    public static async Task<KillableAgents> StartAsync(Random random)
    {
        var agents = new KillableAgents(random);
        try
        {
            await agents._stores.StartAsync();
            for (var i = 0; i < agents._agents.Length; i++)
            {
                agents._arguments[i] = [.. agents._stores.AgentArguments, "--listen", $"127.0.0.1:{LoopbackPort.Free(random)}"];
                agents._agents[i] = await AgentProcess.StartAsync(agents._arguments[i]);
            }

            return agents;
        }
        catch
        {
            await agents.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills one after another, a few seconds apart, each back before the next.</summary>
    public async Task KillAsync(int kills, Action<int> afterEach)
    {
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(_random.Next(1_000, 4_000)); // the moment is the point here: nothing is waited for
            var victim = _random.Next(_agents.Length);
            await _agents[victim]!.KillAsync();
            await _agents[victim]!.DisposeAsync();
            _agents[victim] = await AgentProcess.StartAsync(_arguments[victim]);
            afterEach(kill);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
            if (agent is not null)
                await agent.DisposeAsync();
        await _stores.DisposeAsync();
    }
}
