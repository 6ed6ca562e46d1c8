using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Agent.Tests.Connections;
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

    [Fact]
    public void What_an_agent_led_is_vacant_for_a_moment_once_it_is_lost_and_then_led_by_another_one()
    {
        var time = new ManualTime();
        var unreachable = new UnreachableAgents(time);
        AgentInfo[] all = [.. Enumerable.Range(1, 3).Select(Agent)];
        var before = LeadersOf("app", time, unreachable, all);
        unreachable.Add(all[1]);

        var vacant = LeadersOf("app", time, unreachable, all);
        Assert.All(before.Zip(vacant), pair => Assert.Equal(pair.First == 2 ? Vacant : pair.First, pair.Second));
        Assert.Contains(Vacant, vacant);
        time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(LeadersOf("app", time, new UnreachableAgents(time), all[0], all[2]), LeadersOf("app", time, unreachable, all));
    }

    [Fact]
    public void What_an_agent_led_is_vacant_for_a_moment_also_if_its_session_ends_at_once()
    {
        var time = new ManualTime();
        var unreachable = new UnreachableAgents(time);
        unreachable.Add(Agent(2));
        unreachable.Forget(Agent(2));
        Assert.Equal([Vacant, 1], LeadersOf("app", time, unreachable, Agent(1)).Distinct().Order());
    }

    [Fact]
    public void An_agent_that_left_in_good_order_leaves_nothing_vacant()
    {
        var time = new ManualTime();
        var unreachable = new UnreachableAgents(time);
        var leaving = Agent(2) with { IsListed = false };
        Assert.Equal([1], LeadersOf("app", time, unreachable, Agent(1), leaving).Distinct());
        unreachable.Add(leaving);
        Assert.Equal([1], LeadersOf("app", time, unreachable, Agent(1), leaving).Distinct());
    }

    [Fact]
    public void An_agent_that_leaves_is_shown_to_all_for_as_long_as_it_answers()
    {
        var unreachable = new UnreachableAgents(new ManualTime());
        AgentInfo[] all = [Agent(1) with { Zone = "a" }, Agent(2) with { Zone = "b", IsListed = false }, Agent(3) with { Zone = "b" }];
        Assert.Equal([2], Leaving("app"));
        Assert.Equal([2], Leaving("zone=a"));
        Assert.Equal([2], Leaving("zone=b"));
        unreachable.Add(all[1]);
        Assert.Empty(Leaving("app"));

        int[] Leaving(string clientId)
        {
            var context = new RequestContext { ClientId = clientId };
            return [.. ClientRouting.Leaving(all, unreachable, ClientRouting.AgentsFor(all, unreachable, self: null, context)).Select(agent => agent.NodeId)];
        }
    }

    [Fact]
    public void Where_all_leave_none_is_shown_twice()
    {
        var unreachable = new UnreachableAgents(new ManualTime());
        AgentInfo[] all = [Agent(1) with { IsListed = false }, Agent(2) with { IsListed = false }];
        var context = new RequestContext { ClientId = "app" };
        var shown = ClientRouting.AgentsFor(all, unreachable, self: null, context);
        Assert.Equal(all, shown);
        Assert.Empty(ClientRouting.Leaving(all, unreachable, shown));
    }

    [Fact]
    public void An_agent_that_can_be_reached_again_leads_what_it_led()
    {
        var time = new ManualTime();
        var unreachable = new UnreachableAgents(time);
        AgentInfo[] all = [Agent(1), Agent(2)];
        var before = LeadersOf("app", time, unreachable, all);
        unreachable.Add(all[1]);
        unreachable.Remove(all[1]);
        Assert.Equal(before, LeadersOf("app", time, unreachable, all));
    }

    [Fact]
    public void All_is_vacant_for_a_moment_to_clients_of_a_zone_that_lost_its_only_agent_and_nothing_to_others()
    {
        var time = new ManualTime();
        var unreachable = new UnreachableAgents(time);
        AgentInfo[] all = [Agent(1) with { Zone = "a" }, Agent(2) with { Zone = "b" }];
        unreachable.Add(all[1]);
        Assert.Equal([Vacant], LeadersOf("zone=b", time, unreachable, all).Distinct());
        Assert.Equal([1], LeadersOf("zone=a", time, unreachable, all).Distinct());
        time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal([1], LeadersOf("zone=b", time, unreachable, all).Distinct());
    }

    private const int Vacant = -1;

    /// <summary>Of a hundred partitions of a topic, as Metadata tells them.</summary>
    private static int[] LeadersOf(string clientId, ManualTime now, UnreachableAgents unreachable, params AgentInfo[] brokers)
    {
        var context = new RequestContext { ClientId = clientId, ReceivedAt = now.GetTimestamp() };
        var leaders = new Leaders(ClientRouting.AgentsFor(brokers, unreachable, self: null, context), ClientRouting.AgentsBeforeLoss(brokers, unreachable, context));
        return [.. Enumerable.Range(0, 100).Select(partition => leaders.IsVacant(1, partition) ? Vacant : leaders.Of(1, partition))];
    }

    private static AgentInfo Agent(int nodeId) => new(nodeId, nodeId, Guid.Empty, "", "host", 9092, "", IsListed: true);
}
