using DisklessKafka.Agent;
using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>An agent over memory stores and a client of it, for the tests of one admin API.</summary>
public abstract class AdminTests : IAsyncLifetime
{
    private readonly InProcessCluster _cluster = new();

    protected AgentNode Agent { get; private set; } = null!;

    protected WireClient Client { get; private set; } = null!;

    /// <summary>What the agent is started with.</summary>
    protected virtual Dictionary<string, string> Settings => [];

    public async Task InitializeAsync()
    {
        Agent = await _cluster.StartAgentAsync(InProcessCluster.Quick with { Zone = "zone-a", Settings = Settings });
        Client = await InProcessCluster.ConnectAsync(Agent);
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>One more agent of the same cluster, and a client of it.</summary>
    protected async Task<WireClient> ConnectToAnotherAgentAsync() => await InProcessCluster.ConnectAsync(await _cluster.StartAgentAsync());

    /// <summary>All versions that this agent serves of an API.</summary>
    protected IEnumerable<short> VersionsOf(ApiKey key)
    {
        var (min, max) = Client.Served[key];
        return Enumerable.Range(min, max - min + 1).Select(version => (short)version);
    }

    protected async Task<ErrorCode> ProduceAsync(TopicId topic, int partition, params string[] values) =>
        (await Client.ProduceAsync(topic, partition, WireClientVerbs.Batch(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), values))).ErrorCode;

    protected async Task<string?> ConfigAsync(string topic, string key)
    {
        var response = await Client.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = topic, ConfigurationKeys = [key] }] });
        return Assert.Single(response.Results[0].Configs).Value;
    }
}
