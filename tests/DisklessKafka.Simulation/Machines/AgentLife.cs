using DisklessKafka.Agent;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Simulation.Network;
using DisklessKafka.Simulation.Running;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Resilience;
using DisklessKafka.TestKit.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Simulation.Machines;

/// <summary>One process: an agent that is put together as the executable does it, and put together anew when it cannot go on.</summary>
internal sealed class AgentLife
{
    private readonly AgentOptions _options;
    private readonly AgentSurroundings _around;
    private readonly Func<IMetadataLog> _openLog;
    private readonly RunLog _log;
    private int _cores;
    private bool _isStopping;

    public AgentLife(SimulatedNode node, Services services, AgentOptions options, Scenario scenario, Random random, RunLog log)
    {
        Node = node;
        _options = options;
        _log = log;
        LogLink = new Link(services.LogNode, node.Clock, new Random(random.Next())) { Repeats = scenario.Repeats };
        StoreLink = new Link(services.StoreNode, node.Clock, new Random(random.Next())) { Repeats = scenario.Repeats };
        var meter = AgentMeter.Create();
        var store = new RemoteStore(services.Objects, StoreLink, services.StoreWeather, services.StoreNode.Clock);
        var objects = new ResilientObjectStore(store, new ResilienceOptions(), node.Clock, new Random(random.Next()), meter);
        _openLog = () => services.OpenLog(objects, LogLink, node.Clock);
        _around = new AgentSurroundings(objects, _openLog(), node.Clock, new Random(random.Next()), meter, NullLoggerFactory.Instance);
    }

    public SimulatedNode Node { get; }

    public Link LogLink { get; }

    public Link StoreLink { get; }

    public AgentCore? Core { get; private set; }

    /// <summary>Null while nothing is served.</summary>
    public AgentServer? Server { get; private set; }

    public async Task RunAsync()
    {
        while (true)
        {
            var reason = await ServeAsync();
            Server?.CloseAll();
            Server = null;
            if (_isStopping) return;
            _log.Write(Node.Name, $"stops: {reason.Message}");
            if (!MayGoOn(reason, Core is not null)) _log.Broken($"{Node.Name} stopped for good: {reason}");
            if (Core is not null) await Core.DisposeAsync();
            Core = null;
            await Node.Clock.Delay(AgentRecovery.Delay);
        }
    }

    /// <summary>As on SIGTERM.</summary>
    public async Task StopAsync()
    {
        if (Core is not { NodeId: >= 0 } core) return;
        _isStopping = true;
        if (await core.UnlistAsync())
        {
            Server?.CloseAll();
            await Node.Clock.Delay(_options.DrainTime);
        }

        core.EndWaits();
        Server?.CloseAll();
        await core.LeaveAsync();
        await core.DisposeAsync();
    }

    private async Task<Exception> ServeAsync()
    {
        try
        {
            Core = await AgentCore.StartAsync(_options, _around with { Log = _openLog() }, CancellationToken.None);
            Server = new AgentServer($"{Node.Name}.{++_cores}", Core, Node, _log.Broken);
            await Core.JoinAsync(new HostPort(Node.Name, 9092), CancellationToken.None);
            _log.Write(Node.Name, $"has joined as node {Core.NodeId}");
            return await Core.Replica.Stopped;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>As the executable does it; and a supervisor answers a start that failed by another one. All else is a broken promise of ours.</summary>
    private static bool MayGoOn(Exception reason, bool hasServed) =>
        AgentRecovery.MayBeginAnew(reason) || AgentRecovery.MayTryAgain(reason) || (!hasServed && reason is MetadataLogException or ObjectStoreException);
}
