using System.Net;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Write;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Replication;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent;

/// <summary>
/// One agent: replica, write path, read path, APIs and listeners, put together and kept alive. It holds nothing that
/// outlives it: what counts is in the object store and in the metadata log.
/// </summary>
public sealed partial class AgentNode : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(5); // for telling the cluster; it learns it anyway
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30); // for requests in flight when told to stop

    private readonly AgentOptions _options;
    private readonly AgentSurroundings _around;
    private readonly Replica _replica;
    private readonly SegmentCache _cache;
    private readonly WritePipeline _pipeline;
    private readonly KafkaServer _server;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _closing = new();
    private volatile AgentSegmentSession? _segments;
    private Task _writing = Task.CompletedTask;
    private Task _registering = Task.CompletedTask;

    private AgentNode(AgentOptions options, AgentSurroundings around, Replica replica, FetchWaiters waiters)
    {
        _options = options;
        _around = around;
        _replica = replica;
        _logger = around.Loggers.CreateLogger<AgentNode>();
        var reads = new ReadMetrics(around.Meter);
        _cache = new SegmentCache(around.Objects, CacheOptionsOf(options), reads);
        _pipeline = new WritePipeline(
            around.Objects, () => _segments!, _cache, WriteOptionsOf(options), around.Time, new WriteMetrics(around.Meter), around.Loggers.CreateLogger<WritePipeline>());
        var cluster = new Cluster(replica, around.Time);
        var handlers = new ApiHandlers(options, cluster, _cache, _pipeline, waiters, reads, around.Time, around.Random);
        _server = new KafkaServer([ListenAddressOf(options)], new ApiRegistry(handlers.All), FrontEndOptionsOf(options), around.Time, around.Meter, around.Loggers);
    }

    /// <summary>Where clients can connect: port 0 has become a port.</summary>
    public IPEndPoint EndPoint => _server.EndPoints[0];

    /// <summary>What clients are told.</summary>
    public HostPort Advertised => _options.Advertised(EndPoint.Port);

    /// <summary>This agent's node id in its present session; -1 between sessions.</summary>
    public int NodeId => _replica.Session is { IsLive: true } session ? session.NodeId : -1;

    /// <summary>The agent's view of the cluster.</summary>
    public Metadata.State.ClusterView View => _replica.View;

    /// <summary>Completes with the reason when the agent cannot go on and must be replaced.</summary>
    public Task<Exception> Failed => _replica.Stopped;

    /// <summary>Replays the log, listens, joins the cluster and serves.</summary>
    /// <exception cref="IOException">The address to listen on is taken.</exception>
    public static async Task<AgentNode> StartAsync(AgentOptions options, AgentSurroundings around, CancellationToken cancellation)
    {
        var waiters = new FetchWaiters();
        var replica = await Replica.StartAsync(
            around.Log, around.Objects, new ReplicaOptions(), around.Time, around.Random, waiters, around.Loggers.CreateLogger<Replica>(), cancellation);
        var node = new AgentNode(options, around, replica, waiters);
        try
        {
            await node._server.StartAsync(cancellation);
            await node.JoinAsync(cancellation);
            node._writing = node._pipeline.RunAsync(node._closing.Token);
            node._registering = node.StayJoinedAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Leaves in good order: stops being listed, gives clients time to turn to others, answers what is in flight, stores what
    /// is buffered, and ends the session.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await _registering;
        await UnlistAsync();
        await _server.DrainAsync(AnswerTime);
        await _closing.CancelAsync();
        await _writing;
        using var patience = new CancellationTokenSource(GoodbyeTime, _around.Time);
        if (_replica.Session is { IsLive: true } session) await session.EndAsync(patience.Token);
    }

    /// <summary>Stops at once what still runs: as if killed, if <see cref="StopAsync"/> was not called.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _server.DisposeAsync();
        await _replica.DisposeAsync();
        await _closing.CancelAsync();
        await _registering;
        await _writing;
        _pipeline.Dispose();
        _cache.Dispose();
        _stopping.Dispose();
        _closing.Dispose();
    }

    private async Task JoinAsync(CancellationToken cancellation)
    {
        var address = Advertised;
        var description = new AgentDescription(_options.Zone, address.Host, address.Port, $"diskless {AgentVersion.Text}", IsListed: true, _options.SessionTimeout);
        _segments = new AgentSegmentSession(await _replica.RegisterAsync(description, cancellation));
    }

    /// <summary>An agent that was counted as dead (it stalled, or the log was away for longer than its session) begins another session.</summary>
    private async Task StayJoinedAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await _replica.Session!.Ended.WaitAsync(_stopping.Token);
                if (_replica.Stopped.IsCompleted) return;
                try
                {
                    await JoinAsync(_stopping.Token);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    LogRejoinFailed(_logger, failure.Message);
                    await Task.Delay(RejoinDelay, _around.Time, _stopping.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop: no further session is wanted.
        }
    }

    private async Task UnlistAsync()
    {
        if (_replica.Session is not { IsLive: true } session) return;
        using var patience = new CancellationTokenSource(GoodbyeTime, _around.Time);
        await session.UpdateAsync(session.Description with { IsListed = false }, patience.Token);
        if (View.Agents.Count > 1) await Task.Delay(_options.DrainTime, _around.Time);
    }

    private static WriteOptions WriteOptionsOf(AgentOptions options) => new()
    {
        SegmentBytes = options.SegmentBytes,
        FlushInterval = options.FlushInterval,
        GatheringDelay = options.GatheringDelay,
        UploadsInFlight = options.UploadsInFlight,
        BufferBytes = options.BufferBytes,
    };

    private static CacheOptions CacheOptionsOf(AgentOptions options) => new()
    {
        ChunkBytes = options.CacheChunkBytes,
        TailBytes = options.CacheBytes - (options.CacheBytes / 3),
        ColdBytes = options.CacheBytes / 3,
        ColdReads = options.ColdReads,
    };

    private static FrontEndOptions FrontEndOptionsOf(AgentOptions options) => new()
    {
        MaxFrameBytes = options.BrokerSettings.Int(BrokerConfigs.SocketRequestMaxBytes),
        IdleTimeout = TimeSpan.FromMilliseconds(options.BrokerSettings.Int(BrokerConfigs.ConnectionsMaxIdleMs)),
    };

    private static ListenAddress ListenAddressOf(AgentOptions options) => new(
        options.Listen.ToString(),
        new IPEndPoint(options.Listen.Address ?? throw new OptionException($"listen: '{options.Listen.Host}' is not an address of this machine; write an IP address, localhost, or [::] for all"), options.Listen.Port));

    private static readonly TimeSpan RejoinDelay = TimeSpan.FromSeconds(1);

    [LoggerMessage(EventId = 2050, Level = LogLevel.Warning, Message = "could not begin a new session, trying again: {Reason}")]
    private static partial void LogRejoinFailed(ILogger logger, string reason);
}
