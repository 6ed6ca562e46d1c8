using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Agent.Write;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Replication;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent;

/// <summary>
/// Everything of an agent that lies below the socket: replica, write path, read path and APIs. It runs on whatever scheduler
/// and clock it is started on, so that a simulation runs the very same agent as a process does.
/// </summary>
public sealed partial class AgentCore : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(5); // for telling the cluster; it learns it anyway
    private static readonly TimeSpan RejoinDelay = TimeSpan.FromSeconds(1);

    private readonly AgentOptions _options;
    private readonly AgentSurroundings _around;
    private readonly Replica _replica;
    private readonly SegmentCache _cache;
    private readonly WritePipeline _pipeline;
    private readonly Cluster _cluster;
    private readonly MemberWatch _watch;
    private readonly Wakers _wakers;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new(); // cancelled in place: CancelAsync would leave the scheduler
    private readonly CancellationTokenSource _closing = new();
    private HostPort _advertised;
    private volatile AgentSegmentSession? _segments;
    private Task _writing = Task.CompletedTask;
    private Task _registering = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private bool _isDisposed;

    private AgentCore(AgentOptions options, AgentSurroundings around, Replica replica, Wakers wakers)
    {
        _options = options;
        _around = around;
        _replica = replica;
        _wakers = wakers;
        _logger = around.Loggers.CreateLogger<AgentCore>();
        var reads = new ReadMetrics(around.Meter);
        _cache = new SegmentCache(around.Objects, CacheOptionsOf(options), reads);
        _pipeline = new WritePipeline(
            around.Objects, () => _segments!, _cache, WriteOptionsOf(options), around.Time, new WriteMetrics(around.Meter), around.Loggers.CreateLogger<WritePipeline>());
        _cluster = new Cluster(replica, around.Time);
        var settings = new LiveSettings(_cluster, options.BrokerSettings);
        _watch = new MemberWatch(_cluster, settings, around.Time);
        var handlers = new ApiHandlers(options, _cluster, _cache, _pipeline, wakers.Fetches, wakers.Groups, _watch, settings, reads, around.Time, around.Random);
        Apis = new ApiRegistry(handlers.All, static () => ApiFeatures.Served);
    }

    /// <summary>What is served: requests may be handed in as soon as the core is there, and are answered retriably before it has joined.</summary>
    public ApiRegistry Apis { get; }

    public Replica Replica => _replica;

    /// <summary>Agents that clients are not sent to: told by whoever holds the sockets.</summary>
    public UnreachableAgents Unreachable => _cluster.Unreachable;

    /// <summary>The ordinal of this agent's session; -1 between sessions.</summary>
    public int SessionOrdinal => _replica.Session is { IsLive: true } session ? session.Ordinal : -1;

    /// <summary>What clients know this agent by; -1 between sessions.</summary>
    public int NodeId => _replica.Session is { IsLive: true } session ? session.NodeId : -1;

    /// <summary>Loads the newest snapshot and replays the log.</summary>
    public static async Task<AgentCore> StartAsync(AgentOptions options, AgentSurroundings around, CancellationToken cancellation)
    {
        var wakers = new Wakers();
        var replica = await Replica.StartAsync(
            around.Log, around.Objects, options.Replica, around.Time, around.Random, wakers, around.Loggers.CreateLogger<Replica>(), cancellation);
        return new AgentCore(options, around, replica, wakers);
    }

    /// <summary>Joins the cluster under that address, and takes writes from now on.</summary>
    public async Task JoinAsync(HostPort advertised, CancellationToken cancellation)
    {
        _advertised = advertised;
        await RegisterAsync(cancellation);
        _writing = _pipeline.RunAsync(_closing.Token);
        _registering = StayJoinedAsync();
        _watching = _watch.RunAsync(_closing.Token);
    }

    /// <summary>Leads nothing from now on, and goes on serving.</summary>
    /// <returns>True if there are others for clients to turn to.</returns>
    public async Task<bool> UnlistAsync()
    {
        _stopping.Cancel();
        await _registering;
        if (_replica.Session is not { IsLive: true } session) return false;
        using var patience = new CancellationTokenSource(GoodbyeTime, _around.Time);
        await session.UpdateAsync(session.Description with { IsListed = false }, patience.Token);
        return _replica.View.Agents.Count > 1;
    }

    /// <summary>
    /// Answers those who wait for something to happen, with what there is: a long poll may last a minute, and a member of a group waits
    /// for the slowest of the others. From now on nobody waits.
    /// </summary>
    public void EndWaits() => _wakers.EndWaits();

    /// <summary>Stores what is buffered and ends the session. Nothing may be handed in any more.</summary>
    public async Task LeaveAsync()
    {
        _closing.Cancel();
        await _writing;
        using var patience = new CancellationTokenSource(GoodbyeTime, _around.Time);
        if (_replica.Session is { IsLive: true } session) await session.EndAsync(patience.Token);
    }

    /// <summary>Stops at once what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _stopping.Cancel();
        await _replica.DisposeAsync();
        _closing.Cancel();
        await _registering;
        await _writing;
        await _watching;
        _pipeline.Dispose();
        _cache.Dispose();
        _wakers.Dispose();
        _stopping.Dispose();
        _closing.Dispose();
    }

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        var description = new AgentDescription(_options.Zone, _advertised.Host, _advertised.Port, $"diskless {AgentVersion.Text}", IsListed: true, _options.SessionTimeout);
        var session = await _replica.RegisterAsync(description, cancellation);
        _segments = new AgentSegmentSession(session);
        _cluster.Joined(session);
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
                    await RegisterAsync(_stopping.Token);
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

    [LoggerMessage(EventId = 2050, Level = LogLevel.Warning, Message = "could not begin a new session, trying again: {Reason}")]
    private static partial void LogRejoinFailed(ILogger logger, string reason);
}
