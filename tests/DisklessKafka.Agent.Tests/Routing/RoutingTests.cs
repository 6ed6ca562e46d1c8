using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Tests.Routing;

public sealed class RoutingTests
{
    [Theory]
    [InlineData("diskless_az=eu-1a", "eu-1a")]
    [InlineData("app,zone=b,x=1", "b")]
    [InlineData("ws_az=c|mirror-heartbeat", "c")] // MirrorMaker appends to client ids
    [InlineData("a automq_az=d;e", "d")]
    [InlineData("plain-client", null)]
    [InlineData("timezone=utc", null)]
    [InlineData("zone=", null)]
    [InlineData("", null)]
    public void A_client_id_may_say_its_zone(string clientId, string? zone) => Assert.Equal(zone, ClientZone.FromClientId(clientId));

    [Fact]
    public void An_agent_that_leaves_moves_only_what_was_its_own()
    {
        var all = Enumerable.Range(1, 5).Select(Agent).ToArray();
        var left = all.Where(agent => agent.NodeId != 3).ToArray();
        for (var partition = 0; partition < 1000; partition++)
        {
            var before = Rendezvous.Choose(all, Rendezvous.KeyOf(1, partition))!;
            var after = Rendezvous.Choose(left, Rendezvous.KeyOf(1, partition))!;
            if (before.NodeId != 3) Assert.Equal(before.NodeId, after.NodeId);
        }
    }

    [Fact]
    public void Partitions_spread_evenly()
    {
        var agents = Enumerable.Range(1, 4).Select(Agent).ToArray();
        var counts = Enumerable.Range(0, 4000).GroupBy(partition => Rendezvous.Choose(agents, Rendezvous.KeyOf(7, partition))!.NodeId).Select(group => group.Count());
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Nobody_leads_where_nobody_is() => Assert.Null(Rendezvous.Choose([], 1));

    private static AgentInfo Agent(int nodeId) => new(nodeId, nodeId, Guid.Empty, "", "host", 9092, "", IsListed: true);
}
