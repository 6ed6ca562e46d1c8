using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ClassicGroupTests
{
    private const int RebalanceMs = 60_000;
    private static readonly GroupId G = new("g");

    private readonly StateDriver _driver = new();

    public ClassicGroupTests() => _driver.Register(StateDriver.Alice, timeoutMs: int.MaxValue);

    private ClassicGroup Group => _driver.State.View.Groups.TryFind(G, out var group) ? group.View.Classic! : throw new InvalidOperationException("there is no group");

    [Fact]
    public void The_first_members_wait_together_for_the_initial_delay_and_newcomers_prolong_it()
    {
        Assert.Equal(JoinGroupStatus.Waiting, Join("a", isNew: true, delayMs: 3_000).Status);
        Advance(2_000);
        Join("b", isNew: true, delayMs: 3_000);
        Advance(1_500); // past the first three seconds: b prolonged them
        Assert.Equal(ClassicState.PreparingRebalance, Group.State);
        Advance(3_000);
        Assert.Equal(ClassicState.CompletingRebalance, Group.State);
        Assert.Equal(1, Group.Generation);
        Assert.Equal(["a", "b"], Group.Members.Keys);
        Assert.Equal("a", Group.Leader);
        Assert.All(Group.Members.Values, member => Assert.False(member.IsJoining));
    }

    [Fact]
    public void The_initial_delay_ends_with_the_rebalance_time_out_however_many_come()
    {
        Join("a", isNew: true, delayMs: 3_000, rebalanceMs: 5_000);
        for (var i = 0; i < 10; i++)
        {
            Advance(600);
            Join("m" + i, isNew: true, delayMs: 3_000, rebalanceMs: 5_000);
        }

        Assert.True(Group.Generation > 0, "the group still waits for newcomers");
    }

    [Fact]
    public void A_dynamic_member_must_come_again_with_its_id_which_lapses()
    {
        Assert.Equal(JoinGroupStatus.IdRequired, Join("a", isNew: true, idRequired: true, sessionMs: 10_000).Status);
        Assert.Empty(Group.Members);
        Assert.Equal(JoinGroupStatus.Waiting, Join("a", isNew: false).Status);
        Assert.Equal(1, Group.Generation);

        Join("b", isNew: true, idRequired: true, sessionMs: 10_000);
        Advance(10_001);
        Assert.Equal(JoinGroupStatus.UnknownMember, Join("b", isNew: false).Status);
    }

    [Fact]
    public void An_id_that_was_given_to_a_dynamic_member_is_no_way_to_take_a_static_ones_name()
    {
        Join("a", isNew: true, instance: "i");
        Join("b", isNew: true, idRequired: true);
        Assert.Equal(JoinGroupStatus.FencedInstance, Join("b", isNew: false, instance: "i").Status);
        Assert.Equal(JoinGroupStatus.UnknownMember, Join("b", isNew: false, instance: "j").Status);
        Assert.Equal(["a"], Group.Members.Keys);
    }

    [Fact]
    public void A_group_whose_last_member_goes_is_empty_at_once_also_if_somebody_is_about_to_come()
    {
        Form("a");
        Join("b", isNew: true, idRequired: true);
        _driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = G, Members = [new() { MemberId = "a" }] }));
        Assert.Equal(ClassicState.Empty, Group.State);
        Assert.Equal(JoinGroupStatus.Waiting, Join("b", isNew: false).Status);
        Assert.Equal(["b"], Group.Members.Keys);
    }

    [Fact]
    public void A_rebalance_waits_for_pending_members_and_goes_on_when_their_ids_lapse()
    {
        Form("a");
        Join("b", isNew: true, idRequired: true, sessionMs: 10_000);
        Assert.Equal(ClassicState.Stable, Group.State);
        Join("a", isNew: false, metadata: 9);
        Assert.Equal(ClassicState.PreparingRebalance, Group.State); // b is about to come
        Advance(10_001);
        Assert.Equal(2, Group.Generation);
    }

    [Fact]
    public void All_members_join_again_when_one_comes_and_those_who_do_not_are_removed()
    {
        Form("a", "b");
        Join("c", isNew: true);
        Assert.Equal(ClassicState.PreparingRebalance, Group.State);
        Join("b", isNew: false);
        Advance(RebalanceMs + 1);
        Assert.Equal(ClassicState.CompletingRebalance, Group.State);
        Assert.Equal(["b", "c"], Group.Members.Keys);
        Assert.Equal("b", Group.Leader);
    }

    [Fact]
    public void A_stable_group_answers_a_follower_that_says_nothing_new_and_rebalances_for_its_leader()
    {
        Form("a", "b");
        Assert.Equal(JoinGroupStatus.Joined, Join("b", isNew: false).Status);
        Assert.Equal(ClassicState.Stable, Group.State);
        Assert.Equal(JoinGroupStatus.Waiting, Join("a", isNew: false).Status);
        Assert.Equal(ClassicState.PreparingRebalance, Group.State);
    }

    [Fact]
    public void The_protocol_is_the_one_that_most_members_prefer_among_those_that_all_follow()
    {
        JoinWith("a", "x", "y", "z");
        JoinWith("b", "z", "y");
        JoinWith("c", "y", "z");
        Join("d", isNew: true, protocols: ["only-mine"], expected: JoinGroupStatus.InconsistentProtocol);
        foreach (var (id, protocols) in new[] { ("a", new[] { "x", "y", "z" }), ("b", ["z", "y"]) }) Join(id, isNew: false, protocols: protocols);
        Assert.Equal("y", Group.Protocol); // a and c prefer it over z, and x is not for all

        void JoinWith(string id, params string[] protocols) => Join(id, isNew: true, protocols: protocols);
    }

    [Fact]
    public void A_static_member_that_comes_back_keeps_its_assignment_without_a_rebalance_and_fences_its_old_self()
    {
        Join("a", isNew: true, instance: "i");
        SyncAs("a", ("a", 7));
        var outcome = Join("a2", isNew: true, instance: "i");
        Assert.Equal(JoinGroupStatus.Joined, outcome.Status);
        Assert.Equal("a", outcome.Leader); // a leader that cannot skip must not assign anew
        Assert.Equal(ClassicState.Stable, Group.State);
        Assert.Equal(7, Group.Members["a2"].Assignment.Span[0]);
        Assert.Equal(JoinGroupStatus.FencedInstance, Join("a", isNew: false, instance: "i").Status);
        Assert.Equal(MemberIdentity.Fenced, Group.Identify("a", "i"));

        outcome = Join("a3", isNew: true, instance: "i", knowsSkip: true);
        Assert.True(outcome.SkipsAssignment);
        Assert.Equal("a3", outcome.Leader);
    }

    [Fact]
    public void Static_members_that_are_away_stay_in_the_next_generation()
    {
        Join("a", isNew: true, instance: "i");
        Join("b", isNew: true, instance: "j");
        Join("a", isNew: false, instance: "i");
        SyncAs(Group.Leader!, ("a", 1), ("b", 2));
        Join("a", isNew: false, instance: "i", metadata: 5);
        Advance(RebalanceMs + 1);
        Assert.Equal(["a", "b"], Group.Members.Keys);
        Assert.Equal("a", Group.Leader);
    }

    [Fact]
    public void The_leader_assigns_once_and_only_in_its_generation()
    {
        Join("a", isNew: true);
        Join("b", isNew: true);
        Join("a", isNew: false);
        Assert.Equal(SyncGroupStatus.NotTheLeader, Sync("b", Group.Generation, ("b", 1)));
        Assert.Equal(SyncGroupStatus.IllegalGeneration, Sync("a", Group.Generation - 1, ("a", 1)));
        Assert.Equal(SyncGroupStatus.UnknownMember, Sync("z", Group.Generation));
        Assert.Equal(SyncGroupStatus.Synced, Sync("a", Group.Generation, ("a", 1), ("b", 2), ("gone", 3)));
        Assert.Equal(SyncGroupStatus.Synced, Sync("a", Group.Generation, ("a", 8)));
        Assert.Equal((1, 2), (Group.Members["a"].Assignment.Span[0], Group.Members["b"].Assignment.Span[0]));
    }

    [Fact]
    public void Who_leaves_is_gone_and_the_rest_join_again()
    {
        Form("a", "b");
        var generation = Group.Generation;
        var left = _driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = G, Members = [new() { MemberId = "b" }, new() { MemberId = "nobody" }] }));
        Assert.Equal([LeaveStatus.Left, LeaveStatus.UnknownMember], left.Members);
        Assert.Equal(ClassicState.PreparingRebalance, Group.State);
        Join("a", isNew: false);
        Assert.Equal(generation + 1, Group.Generation);
        _driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = G, Members = [new() { MemberId = "a" }] }));
        Assert.Equal(ClassicState.Empty, Group.State);
        Assert.Equal(generation + 2, Group.Generation);
    }

    [Fact]
    public void Only_the_agent_that_looks_after_a_member_can_expire_it()
    {
        Form("a");
        var bob = _driver.Register(StateDriver.Bob);
        Assert.Equal(MemberStatus.Done, _driver.Apply(StateDriver.Bob, Command.Of(new MoveMember { Group = G, MemberId = "a" })).Status);
        Assert.Equal(bob, Group.Members["a"].Home);
        Assert.Equal(MemberStatus.NotHere, Expire("a", home: 1));
        Assert.Equal(MemberStatus.Done, Expire("a", home: bob));
        Assert.Equal(ClassicState.Empty, Group.State);

        MemberStatus Expire(string member, int home) =>
            _driver.Apply(StateDriver.Alice, Command.Of(new ExpireMember { Group = G, MemberId = member, Home = home })).Status;
    }

    [Fact]
    public void A_full_group_takes_nobody_but_who_is_in_it()
    {
        Join("a", isNew: true, maxSize: 2);
        Join("b", isNew: true, maxSize: 2, idRequired: true);
        Join("c", isNew: true, maxSize: 2, expected: JoinGroupStatus.GroupFull);
        Assert.Equal(JoinGroupStatus.Waiting, Join("b", isNew: false, maxSize: 2).Status);
        Assert.Equal(JoinGroupStatus.Waiting, Join("a", isNew: false, maxSize: 2).Status);
    }

    private void Form(params string[] members)
    {
        foreach (var member in members) Join(member, isNew: true);
        foreach (var member in members)
            if (Group.State == ClassicState.PreparingRebalance)
                Join(member, isNew: false);
        Assert.Equal(ClassicState.CompletingRebalance, Group.State);
        SyncAs(Group.Leader!, [.. members.Select((member, index) => (member, index))]);
        Assert.Equal(ClassicState.Stable, Group.State);
    }

    private void SyncAs(string leader, params (string Member, int Value)[] assignments) =>
        Assert.Equal(SyncGroupStatus.Synced, Sync(leader, Group.Generation, assignments));

    private SyncGroupStatus Sync(string member, int generation, params (string Member, int Value)[] assignments) => _driver.Apply(StateDriver.Alice, Command.Of(new SyncGroup
    {
        Group = G, MemberId = member, Generation = generation,
        Assignments = [.. assignments.Select(each => new SyncGroup.Assignment { MemberId = each.Member, Value = [(byte)each.Value] })],
    })).Status;

    private void Advance(long ms)
    {
        _driver.TimeMs += ms;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
    }

    private JoinGroupOutcome Join(
        string id, bool isNew, bool idRequired = false, string? instance = null, int delayMs = 0, int sessionMs = 45_000, int rebalanceMs = RebalanceMs,
        int maxSize = 100, int metadata = 0, bool knowsSkip = false, string[]? protocols = null, JoinGroupStatus? expected = null)
    {
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(new JoinGroup
        {
            Group = G, MemberId = id, IsNew = isNew, IdRequired = idRequired, InstanceId = instance, ClientId = "c", ClientHost = "h", SessionTimeoutMs = sessionMs,
            RebalanceTimeoutMs = rebalanceMs, ProtocolType = "consumer", InitialDelayMs = delayMs, MaxSize = maxSize, KnowsSkip = knowsSkip,
            Protocols = [.. (protocols ?? ["range"]).Select(name => new JoinGroup.Protocol { Name = name, Metadata = [0, (byte)metadata] })],
        }));
        if (expected is not null) Assert.Equal(expected, outcome.Status);
        return outcome;
    }
}
