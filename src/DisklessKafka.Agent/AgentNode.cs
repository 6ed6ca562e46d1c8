using System.Net;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Agent.Options;

namespace DisklessKafka.Agent;

/// <summary>
/// One agent: its core and the listeners in front of it. It holds nothing that outlives it: what counts is in the object
/// store and in the metadata log.
/// </summary>
public sealed class AgentNode : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(20); // for requests in flight when told to stop; containers are killed after 30 s

    private readonly AgentOptions _options;
    private readonly TimeProvider _time;
    private readonly AgentCore _core;
    private readonly KafkaServer _server;
    private readonly PeerWatch _peers;
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _watching = Task.CompletedTask;
    private bool _isStopping, _isDisposed;

    private AgentNode(AgentOptions options, AgentSurroundings around, AgentCore core)
    {
        (_options, _time) = (options, around.Time);
        _core = core;
        _server = new KafkaServer([ListenAddressOf(options)], core.Apis, FrontEndOptionsOf(options), around.Time, around.Meter, around.Loggers, opening: _joined.Task);
        _peers = new PeerWatch(() => View, () => NodeId, core.Unreachable, around.Time);
    }

    /// <summary>Where clients can connect: port 0 has become a port.</summary>
    public IPEndPoint EndPoint => _server.EndPoints[0];

    /// <summary>What clients are told.</summary>
    public HostPort Advertised => _options.Advertised(EndPoint.Port);

    /// <inheritdoc cref="AgentCore.SessionOrdinal"/>
    public int SessionOrdinal => _core.SessionOrdinal;

    /// <inheritdoc cref="AgentCore.NodeId"/>
    public int NodeId => _core.NodeId;

    /// <summary>The agent's view of the cluster.</summary>
    public Metadata.State.ClusterView View => _core.Replica.View;

    /// <summary>Completes with the reason when the agent cannot go on and must be replaced; see <see cref="AgentRecovery"/>.</summary>
    public Task<Exception> Failed => _core.Replica.Stopped;

    /// <summary>
    /// Replays the log, listens, joins the cluster and serves. In this order: what it joins under is the address that it listens at, and before
    /// it has joined, what it would tell clients of the cluster may be that there is no broker at all.
    /// </summary>
    /// <exception cref="IOException">The address to listen on is taken.</exception>
    public static async Task<AgentNode> StartAsync(AgentOptions options, AgentSurroundings around, CancellationToken cancellation)
    {
        var core = await AgentCore.StartAsync(options, around, cancellation);
        AgentNode? node = null;
        try
        {
            node = new AgentNode(options, around, core);
            await node._server.StartAsync(cancellation);
            await core.JoinAsync(node.Advertised, cancellation);
            node._joined.SetResult();
            node._watching = node._peers.RunAsync(node._ending.Token);
            return node;
        }
        catch
        {
            await (node?.DisposeAsync() ?? core.DisposeAsync());
            throw;
        }
    }

    /// <summary>
    /// Leaves in good order: stops being listed, hangs up on clients, so that they ask who leads now, and serves those on who come back before
    /// they have turned to others; then answers what is in flight, stores what is buffered, and ends the session.
    /// </summary>
    public async Task StopAsync()
    {
        if (_isStopping) return;
        _isStopping = true;
        if (await _core.UnlistAsync())
        {
            _server.HangUp();
            await Task.Delay(_options.DrainTime, _time);
        }

        _core.EndWaits();
        await _server.DrainAsync(AnswerTime);
        await _core.LeaveAsync();
    }

    /// <summary>Stops at once what still runs: as if killed, if <see cref="StopAsync"/> was not called.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _ending.CancelAsync();
        await _watching;
        await _server.DisposeAsync();
        await _core.DisposeAsync();
        _ending.Dispose();
    }

    private static FrontEndOptions FrontEndOptionsOf(AgentOptions options) => new()
    {
        MaxFrameBytes = options.BrokerSettings.Int(BrokerConfigs.SocketRequestMaxBytes),
        IdleTimeout = TimeSpan.FromMilliseconds(options.BrokerSettings.Int(BrokerConfigs.ConnectionsMaxIdleMs)),
    };

    private static ListenAddress ListenAddressOf(AgentOptions options) => new(
        options.Listen.ToString(),
        new IPEndPoint(options.Listen.Address ?? throw new OptionException($"listen: '{options.Listen.Host}' is not an address of this machine; write an IP address, localhost, or [::] for all"), options.Listen.Port));
}
