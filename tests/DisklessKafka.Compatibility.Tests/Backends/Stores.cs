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
    private readonly ScratchFolder folder = new("embedded");

    public override IReadOnlyList<string> AgentArguments => ["--data", folder.Path];

    public override Task StartAsync() => Task.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Production's pair: segments in a real S3 server, the metadata log in a real, durable Postgres.</summary>
public sealed class ServerStores : Stores
{
    private PostgresServer? postgres;
    private string objects = "";

    public override IReadOnlyList<string> AgentArguments => ["--objects", objects, "--metadata", postgres!.Url];

    public override async Task StartAsync()
    {
        postgres = await PostgresServer.StartAsync();
        objects = (await S3Server.SharedAsync()).NewUrl();
    }

    public override async ValueTask DisposeAsync()
    {
        if (postgres is not null)
            await postgres.DisposeAsync();
    }
}
