using System.Net;
using DisklessKafka.TestKit.Network;
using DisklessKafka.TestKit.Servers;

namespace DisklessKafka.Chaos.Cluster;

/// <summary>Several agents with their stores, and everything that can be broken about them.</summary>
internal abstract class ChaosCluster : IAsyncDisposable
{
    public abstract IReadOnlyList<ChaosAgent> Agents { get; }

    /// <summary>Where clients begin, whichever agents there are.</summary>
    public abstract EndPoint Bootstrap { get; }

    /// <summary>What it runs on, for the report.</summary>
    public abstract string Description { get; }

    public Task StartAgentsAsync() => Task.WhenAll(Agents.Select(agent => agent.StartAsync()));

    public abstract ValueTask DisposeAsync();
}

/// <summary>Production's pair: a real, durable Postgres and a real S3 server, each agent with relays of its own towards both.</summary>
internal sealed class ServersCluster : ChaosCluster
{
    private readonly List<ChaosAgent> _agents = [];
    private readonly CuttingProxy _balancer;
    private int _balanced;

    private ServersCluster(PostgresServer postgres, S3Server objects, S3FaultProxy storeRelay)
    {
        (Postgres, Objects, StoreRelay) = (postgres, objects, storeRelay);
        _balancer = new CuttingProxy(NextAgent);
    }

    public override IReadOnlyList<ChaosAgent> Agents => _agents;

    public override EndPoint Bootstrap => new IPEndPoint(IPAddress.Loopback, _balancer.Port);

    public override string Description => $"{_agents.Count} agents in {_agents.Select(agent => agent.Zone).Distinct().Count()} zones, Postgres (fsync on), Ceph's S3 gateway";

    public PostgresServer Postgres { get; }

    public S3Server Objects { get; }

    /// <summary>In front of the S3 server, for all agents.</summary>
    public S3FaultProxy StoreRelay { get; }

    public IEnumerable<string> Zones => _agents.Select(agent => agent.Zone).Distinct();

    public static async Task<ServersCluster> StartAsync(int agents, int zones, Action<S3Request> observe)
    {
        var objects = await S3Server.StartAsync();
        var postgres = await PostgresServer.StartAsync();
        var cluster = new ServersCluster(postgres, objects, await S3FaultProxy.StartAsync(objects.Port, observe));
        var place = objects.NewUrl();
        for (var index = 0; index < agents; index++)
        {
            var (log, store) = (new CuttingProxy(postgres.Port), new CuttingProxy(cluster.StoreRelay.Port));
            string[] arguments = ["--metadata", ByWayOf(postgres.Url, postgres.Port, log.Port), "--objects", ByWayOf(place, objects.Port, store.Port)];
            cluster._agents.Add(new ChaosAgent(index, $"zone-{(char)('a' + (index % zones))}", arguments, log, store));
        }

        await cluster.StartAgentsAsync();
        return cluster;
    }

    public override async ValueTask DisposeAsync()
    {
        await _balancer.DisposeAsync();
        foreach (var agent in _agents)
            await agent.DisposeAsync();
        await StoreRelay.DisposeAsync();
        await Postgres.DisposeAsync();
        await Objects.DisposeAsync();
    }

    /// <summary>For a new connection: those that run, by turns, as a load balancer in front of them would.</summary>
    private int NextAgent()
    {
        ChaosAgent[] running = [.. _agents.Where(agent => agent.IsUp)];
        var candidates = running.Length > 0 ? running : [.. _agents];
        return candidates[(int)((uint)Interlocked.Increment(ref _balanced) % candidates.Length)].Address.Port;
    }

    private static string ByWayOf(string url, int port, int relay) => url.Replace($"127.0.0.1:{port}", $"127.0.0.1:{relay}", StringComparison.Ordinal);
}
