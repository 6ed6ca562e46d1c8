using DisklessKafka.TestKit.Processes;

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
