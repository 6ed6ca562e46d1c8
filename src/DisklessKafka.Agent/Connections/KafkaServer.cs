using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net;
using DisklessKafka.Agent.Apis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// The agent's Kafka listeners: Kestrel's sockets and connection life cycle without its HTTP. Takes no part in the
/// process's signals or hosting; whoever composes the agent starts, drains and disposes it.
/// </summary>
public sealed class KafkaServer : IAsyncDisposable
{
    private readonly IReadOnlyList<ListenAddress> _addresses;
    private readonly FrontEnd _shared;
    private readonly MemoryPool<byte> _pool;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly List<ListenOptions> _bound = [];
    private WebApplication? _app;
    private IServer? _server;
    private ITimer? _sweeper;

    /// <param name="pool">Memory of the sockets; null for the pool that production uses. Disposed with the server.</param>
    /// <param name="opening">Connections wait to be served until this completes; null: they do not wait.</param>
    public KafkaServer(
        IReadOnlyList<ListenAddress> addresses, ApiRegistry registry, FrontEndOptions options, TimeProvider time, Meter meter,
        ILoggerFactory loggers, MemoryPool<byte>? pool = null, Task? opening = null)
    {
        if (options.Validate() is { } problem) throw new ArgumentException(problem, nameof(options));
        _addresses = addresses;
        _loggers = loggers;
        _logger = loggers.CreateLogger<KafkaServer>();
        _shared = new FrontEnd(registry, options, time, new FrontEndMetrics(meter), _logger, opening ?? Task.CompletedTask);
        _pool = pool ?? new BlockPool(options.BlockBytes, options.BlockBudgetBytes);
        FrontEndMetrics.Observe(meter, _shared, () => (_pool as BlockPool)?.RentedBytes ?? 0);
    }

    /// <summary>Where the listeners really are, in the order given: port 0 has become a port.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _bound.Select(bound => bound.IPEndPoint!)];

    /// <summary>Open connections.</summary>
    public int Connections => _shared.Connections.Count;

    internal FrontEnd Shared => _shared;

    /// <summary>Binds every listener and begins to serve, or to let connections wait.</summary>
    /// <exception cref="IOException">An address is taken or is not this machine's; the message names it.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _app = Build();
        _server = _app.Services.GetRequiredService<IServer>();
        await _server.StartAsync(new NoHttp(), cancellation);
        var interval = _shared.Options.SweepInterval;
        _sweeper = _shared.Time.CreateTimer(static self => ((KafkaServer)self!).Sweep(), this, interval, interval);
        foreach (var (bound, address) in _bound.Zip(_addresses)) ConnectionLog.Listening(_logger, bound.IPEndPoint!, address.Name);
    }

    /// <summary>
    /// Ends the connections there are, each once what it asked is answered, and goes on accepting others. Those that asked nothing stay:
    /// other agents hold them to know whether this one still answers.
    /// </summary>
    public void HangUp()
    {
        foreach (var connection in _shared.Connections.Open)
            if (connection.HasAsked)
                connection.HangUp();
    }

    /// <summary>
    /// Accepts no more connections, takes no more requests, answers those that were taken, and closes. Connections that
    /// are not done within the bound are cut off. Repeatable.
    /// </summary>
    public async Task DrainAsync(TimeSpan bound)
    {
        if (_server is null) return;
        ConnectionLog.Draining(_logger, Connections, bound);
        using var deadline = new CancellationTokenSource(bound, _shared.Time);
        await using var cut = deadline.Token.UnsafeRegister(static state =>
        {
            var (self, bound) = ((KafkaServer, TimeSpan))state!;
            ConnectionLog.DrainCutOff(self._logger, self.Connections, bound);
        }, (this, bound));
        await _server.StopAsync(deadline.Token);
        if (_sweeper is not null) await _sweeper.DisposeAsync();
    }

    /// <summary>Cuts off whatever is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_sweeper is not null) await _sweeper.DisposeAsync();
        if (_server is not null) await _server.StopAsync(new CancellationToken(canceled: true));
        if (_app is not null) await _app.DisposeAsync();
        _pool.Dispose();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(_loggers);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.MaxReadBufferSize = _shared.Options.ReadAheadBytes;
            sockets.MaxWriteBufferSize = _shared.Options.BlockBytes;
            sockets.NoDelay = true;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var address in _addresses) kestrel.Listen(address.EndPoint, listen => Serve(listen, address.Name));
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new BlockPoolFactory(_pool)); // after Kestrel's own: the last one counts
        return builder.Build();
    }

    private void Serve(ListenOptions listen, string name)
    {
        var handler = new KafkaConnectionHandler(_shared, name);
        listen.Run(handler.OnConnectedAsync);
        _bound.Add(listen);
    }

    private void Sweep()
    {
        foreach (var connection in _shared.Connections.Open) connection.CheckDeadlines();
        (_pool as BlockPool)?.Trim();
    }

    /// <summary>Kestrel wants an application; no listener of ours speaks HTTP to it.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => this;

        public Task ProcessRequestAsync(object context) => Task.CompletedTask;

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
