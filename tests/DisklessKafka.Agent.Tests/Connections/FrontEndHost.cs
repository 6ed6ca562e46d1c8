using System.Diagnostics.Metrics;
using System.Net;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Connections;
using DisklessKafka.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Agent.Tests.Connections;

/// <summary>A real listener on a free loopback port over handlers of the test's making. Its end checks that every block and every reserved byte came back.</summary>
internal sealed class FrontEndHost : IAsyncDisposable
{
    private readonly Meter _meter = new("test");
    private readonly KafkaServer _server;

    private FrontEndHost(FrontEndOptions options, TimeProvider time, int blockBytes, IApiHandler[] handlers)
    {
        Pool = new LeakCheckingPool(blockBytes);
        _server = new KafkaServer([new ListenAddress("test", new IPEndPoint(IPAddress.Loopback, 0))], new ApiRegistry(handlers), options, time, _meter, NullLoggerFactory.Instance, Pool);
    }

    public LeakCheckingPool Pool { get; }

    public KafkaServer Server => _server;

    public IPEndPoint Address => _server.EndPoints[0];

    public static Task<FrontEndHost> StartAsync(params IApiHandler[] handlers) => StartAsync(new FrontEndOptions(), handlers);

    public static Task<FrontEndHost> StartAsync(FrontEndOptions options, params IApiHandler[] handlers) => StartAsync(options, TimeProvider.System, handlers);

    public static async Task<FrontEndHost> StartAsync(FrontEndOptions options, TimeProvider time, IApiHandler[] handlers, int blockBytes = 4096)
    {
        var host = new FrontEndHost(options, time, blockBytes, handlers);
        await host._server.StartAsync(CancellationToken.None);
        return host;
    }

    public Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(Address);

    public async ValueTask DisposeAsync()
    {
        await _server.DrainAsync(WireClient.Patience);
        await _server.DisposeAsync();
        _meter.Dispose();
        Assert.Equal(0, _server.Connections);
        Assert.Equal(0, _server.Shared.RequestMemory.HeldBytes);
        Assert.Equal(0, _server.Shared.ReplyMemory.HeldBytes);
        Pool.AssertClean();
    }
}
