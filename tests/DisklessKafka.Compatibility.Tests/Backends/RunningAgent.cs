using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Compatibility.Tests.Backends;

/// <summary>One agent process that all test classes of a collection share.</summary>
public abstract class RunningAgent(Stores stores) : IAsyncLifetime
{
    /// <summary>The broker times members of the consumer protocol: a dead one is missed after seconds and not after three quarters of a minute.</summary>
    private static readonly string[] QuickGroups =
    [
        "--set", "group.consumer.min.session.timeout.ms=1000", "--set", "group.consumer.session.timeout.ms=6000",
        "--set", "group.consumer.min.heartbeat.interval.ms=100", "--set", "group.consumer.heartbeat.interval.ms=500",
    ];

    private AgentProcess? _agent;

    /// <summary>HOST:PORT for clients.</summary>
    public string Bootstrap { get; private set; } = "";

    /// <summary>A topic name that no other test uses.</summary>
    public static string NewTopic(string purpose) => $"{purpose}-{Guid.NewGuid():N}";

    public async Task InitializeAsync()
    {
        // To hold the same tests against a broker that already runs, one of ours or another.
        if (Environment.GetEnvironmentVariable("DISKLESSKAFKA_BOOTSTRAP") is { Length: > 0 } given)
        {
            Bootstrap = given;
            return;
        }

        await stores.StartAsync();
        _agent = await AgentProcess.StartAsync([.. stores.AgentArguments, .. QuickGroups]);
        Bootstrap = _agent.Bootstrap;
    }

    public async Task DisposeAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        await stores.DisposeAsync();
    }
}

public sealed class EmbeddedAgent() : RunningAgent(new EmbeddedStores());

[CollectionDefinition(Name)]
public sealed class EmbeddedCollection : ICollectionFixture<EmbeddedAgent>
{
    public const string Name = "agent on the embedded store";
}

public sealed class ServersAgent() : RunningAgent(new ServerStores());

[CollectionDefinition(Name)]
public sealed class ServersCollection : ICollectionFixture<ServersAgent>
{
    public const string Name = "agent on Postgres and S3";
}
