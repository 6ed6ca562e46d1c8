using System.Net;
using DisklessKafka.TestKit.Agents;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile inputs 23 to 38 against an agent in this process, over memory.</summary>
public sealed class HostileInputWholeAgentTests(HostileInputWholeAgentTests.OneAgent agent) : HostileInputAgentTests, IClassFixture<HostileInputWholeAgentTests.OneAgent>
{
    protected override EndPoint Address => agent.Address;

    public sealed class OneAgent : IAsyncLifetime
    {
        private readonly InProcessCluster _cluster = new();

        public EndPoint Address { get; private set; } = null!;

        public async Task InitializeAsync() => Address = (await _cluster.StartAgentAsync()).EndPoint;

        public async Task DisposeAsync() => await _cluster.DisposeAsync();
    }
}
