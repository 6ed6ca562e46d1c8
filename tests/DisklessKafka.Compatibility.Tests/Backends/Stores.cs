using DisklessKafka.TestKit.Processes;
using DisklessKafka.TestKit.Servers;

namespace DisklessKafka.Compatibility.Tests.Backends;

/// <summary>Where an agent keeps everything: object store and metadata log. Outlives the agents that run on it.</summary>
public abstract class Stores : IAsyncDisposable
{
    /// <summary>The arguments that make an agent use these stores.</summary>
    public abstract IReadOnlyList<string> AgentArguments { get; }

    public abstract Task StartAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>The embedded default: everything in one local folder.</summary>
public sealed class EmbeddedStores : Stores
{
    private readonly ScratchFolder _folder = new("embedded");

    public override IReadOnlyList<string> AgentArguments => ["--data", _folder.Path];

    public override Task StartAsync() => Task.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Production's pair: segments in a real S3 server, the metadata log in a real, durable Postgres.</summary>
public sealed class ServerStores : Stores
{
    private PostgresServer? _postgres;
    private string _objects = "";

    public override IReadOnlyList<string> AgentArguments => ["--objects", _objects, "--metadata", _postgres!.Url];

    public override async Task StartAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        _objects = (await S3Server.SharedAsync()).NewUrl();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}
