using System.Diagnostics.Metrics;
using DisklessKafka.Agent;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Cli;

/// <summary>
/// One agent with all that is around it: metrics and health, which can be asked from the first moment on, then the stores,
/// then the agent itself.
/// </summary>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly AgentHealth _health = new();
    private readonly List<IAsyncDisposable> _parts = []; // disposed last one first
    private AgentStores _stores = null!;

    private AgentHost()
    {
        var meter = AgentMeter.Create();
        Metrics = new PrometheusExporter(meter);
        Meter = meter;
    }

    public AgentNode Node { get; private set; } = null!;

    /// <summary>Where metrics and health are served; null where they are not.</summary>
    public HostPort? Http { get; private set; }

    /// <summary>Where the records are, fit to print.</summary>
    public string Objects => _stores.ObjectsText;

    public PrometheusExporter Metrics { get; }

    private Meter Meter { get; }

    /// <summary>Starts an agent; when it returns, clients are served.</summary>
    /// <exception cref="Exception">Of the part that could not be started; everything begun before is undone.</exception>
    public static async Task<AgentHost> StartAsync(AgentOptions options, TimeProvider time, Random random, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var host = new AgentHost();
        try
        {
            await host.BeginAsync(options, time, random, loggers, cancellation);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leaves in good order; see <see cref="AgentNode.StopAsync"/>.</summary>
    public async Task StopAsync()
    {
        _health.Enter(AgentPhase.Draining);
        await Node.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts)) await part.DisposeAsync();
        Metrics.Dispose();
        Meter.Dispose();
    }

    private async Task BeginAsync(AgentOptions options, TimeProvider time, Random random, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ProcessMetrics.Observe(Meter, options.Zone);
        if (options.Http is { } http)
        {
            var endpoint = Keep(await HttpEndpoint.StartAsync(http, Metrics, _health, loggers, cancellation));
            Http = endpoint.Address;
        }

        _stores = Keep(await AgentStores.OpenAsync(options, Meter, time, random, cancellation));
        Node = Keep(await AgentNode.StartAsync(options, new AgentSurroundings(_stores.Objects, _stores.Log, time, random, Meter, loggers), cancellation));
        ReplicaMetrics.Observe(Meter, Node);
        _health.Require("session", () => Node.NodeId < 0 ? "none: the metadata log is away, or this agent was counted as dead" : null);
        _health.Enter(AgentPhase.Ready);
        _ = FailWithNodeAsync();
    }

    /// <summary>Health turns bad with the agent, before the process ends.</summary>
    private async Task FailWithNodeAsync()
    {
        var reason = await Node.Failed;
        if (reason is not ObjectDisposedException) _health.Enter(AgentPhase.Failed, reason.Message);
    }

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
