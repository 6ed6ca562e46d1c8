using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ConsumerGroupTests
{
    private readonly ConsumerGroupDriver _driver = new();
    private readonly int _t;

    public ConsumerGroupTests() => _t = _driver.Driver.CreateTopic("t", 4).Ordinal;

    private ConsumerGroup Group => _driver.Group;

    [Fact]
    public void The_first_member_gets_everything_at_once()
    {
        var outcome = _driver.Join("a", ["t"]);
        Assert.Equal(ConsumerHeartbeatStatus.Done, outcome.Status);
        Assert.Equal(All(), outcome.Member!.Assigned);
        Assert.Equal(1, outcome.Member.Epoch);
        Assert.Equal(ConsumerState.Stable, Group.State);
    }

    [Fact]
    public void A_partition_moves_only_after_its_holder_has_said_that_it_gave_it_up()
    {
        _driver.Join("a", ["t"]);
        var joined = _driver.Join("b", ["t"]).Member!;
        Assert.Equal(PartitionSet.Empty, joined.Assigned);
        Assert.Equal(MemberProgress.Unreleased, joined.Progress);
        Assert.Equal(ConsumerState.Reconciling, Group.State);

        var told = _driver.Beat("a", 1).Member!; // it does not say what it holds, so it holds everything
        Assert.Equal(2, told.Assigned.Count);
        Assert.Equal(1, told.Epoch); // until it has given up the rest
        Assert.Equal(0, _driver.Beat("b", 2).Member!.Assigned.Count);
        Assert.Equal(1, _driver.Beat("a", 1, All()).Member!.Epoch); // holds it still

        Assert.Equal(2, _driver.Beat("a", 1, told.Assigned).Member!.Epoch);
        Assert.Equal(All(), _driver.Beat("b", 2).Member!.Assigned.Union(told.Assigned));
        Assert.Equal(ConsumerState.Stable, Group.State);
    }

    [Fact]
    public void A_member_that_does_not_give_up_in_time_is_removed()
    {
        _driver.Join("a", ["t"]);
        _driver.Join("b", ["t"]);
        _driver.Beat("a", 1);
        _driver.Driver.TimeMs += ConsumerGroupDriver.RebalanceMs - 1;
        Assert.Equal(2, _driver.Beat("b", 2).Member!.Epoch);
        _driver.Driver.TimeMs += 1;
        _driver.Beat("b", 2);
        Assert.Equal(["b"], Group.Members.Keys);
        Assert.Equal(All(), _driver.Beat("b", _driver["b"].Epoch).Member!.Assigned);
        Assert.Equal(ConsumerHeartbeatStatus.UnknownMember, _driver.Beat("a", 1).Status);
    }

    [Fact]
    public void A_heartbeat_that_says_nothing_new_changes_nothing()
    {
        _driver.Join("a", ["t"]);
        var before = Group;
        Assert.True(ConsumerHeartbeats.Judge(before, new ConsumerHeartbeat { Group = ConsumerGroupDriver.G, MemberId = "a", MemberEpoch = 1, ClientId = "c", ClientHost = "h", Owned = ConsumerGroupDriver.ToHeld(All()), Topics = ["t"], MaxSize = 9 }, _driver["a"].Home, 5).IsQuiet);
        Assert.True(ConsumerHeartbeats.Judge(before, new ConsumerHeartbeat { Group = ConsumerGroupDriver.G, MemberId = "a", MemberEpoch = 1, ClientId = "c", ClientHost = "h", MaxSize = 9 }, _driver["a"].Home, 5).IsQuiet);
        Assert.False(ConsumerHeartbeats.Judge(before, new ConsumerHeartbeat { Group = ConsumerGroupDriver.G, MemberId = "a", MemberEpoch = 1, ClientId = "c", ClientHost = "h", Topics = ["u"], MaxSize = 9 }, _driver["a"].Home, 5).IsQuiet);
        _driver.Beat("a", 1, All());
        Assert.Equal(before.Epoch, Group.Epoch);
    }

    [Fact]
    public void The_epoch_before_is_good_once_more_for_a_member_that_was_not_told()
    {
        _driver.Join("a", ["t"]);
        _driver.Driver.CreateTopic("u", 2);
        _driver.Beat("a", 1, All(), topics: ["t", "u"]); // the answer with epoch 2 is lost
        Assert.Equal(2, _driver["a"].Epoch);
        Assert.Equal(ConsumerHeartbeatStatus.Done, _driver.Beat("a", 1, All()).Status);
        Assert.Equal(ConsumerHeartbeatStatus.FencedEpoch, _driver.Beat("a", 1).Status); // it has to say what it holds
        Assert.Equal(ConsumerHeartbeatStatus.FencedEpoch, _driver.Beat("a", 1, PartitionSet.Of([(99, 0)])).Status);
        Assert.Equal(ConsumerHeartbeatStatus.FencedEpoch, _driver.Beat("a", 3).Status);
        Assert.Equal(ConsumerHeartbeatStatus.Done, _driver.Join("a", ["t", "u"]).Status); // a fenced member begins anew under its id
    }

    [Fact]
    public void Who_leaves_frees_its_partitions_and_an_empty_group_goes_on_counting_epochs()
    {
        _driver.Join("a", ["t"]);
        _driver.Join("b", ["t"]);
        _driver.Settle();
        _driver.Beat("b", ConsumerMember.LeaveEpoch);
        Assert.Equal(All(), _driver.Obey("a").Member!.Assigned);
        _driver.Beat("a", ConsumerMember.LeaveEpoch);
        Assert.Equal(ConsumerState.Empty, Group.State);
        var epoch = Group.Epoch;
        Assert.True(_driver.Join("c", ["t"]).Member!.Epoch > epoch);
        Assert.Equal(ConsumerHeartbeatStatus.UnknownMember, _driver.Beat("a", ConsumerMember.LeaveEpoch).Status);
    }

    [Fact]
    public void A_static_member_that_leaves_for_a_while_keeps_its_partitions_for_its_next_life()
    {
        _driver.Join("a1", ["t"], instance: "i");
        _driver.Join("b", ["t"]);
        _driver.Settle();
        var had = _driver["a1"].Assigned;
        var epoch = Group.Epoch;
        Assert.Equal(ConsumerHeartbeatStatus.UnreleasedInstance, _driver.Join("a2", ["t"], instance: "i").Status);
        _driver.Beat("a1", ConsumerMember.AwayEpoch, instance: "i");
        Assert.Equal(epoch, Group.Epoch);
        _driver.Obey("b");
        var back = _driver.Join("a2", ["t"], instance: "i").Member!;
        Assert.Equal(had, back.Assigned);
        Assert.Equal(epoch, back.Epoch);
        Assert.Equal(["a2", "b"], Group.Members.Keys);
        Assert.Equal(ConsumerHeartbeatStatus.FencedInstance, _driver.Beat("a1", epoch, instance: "i").Status);
        Assert.Equal(ConsumerHeartbeatStatus.UnknownMember, _driver.Beat("x", epoch, instance: "j").Status);
    }

    [Fact]
    public void A_full_group_takes_no_more_members_but_those_it_has()
    {
        _driver.Join("a", ["t"], maxSize: 1);
        Assert.Equal(ConsumerHeartbeatStatus.GroupFull, _driver.Join("b", ["t"], maxSize: 1).Status);
        Assert.Equal(ConsumerHeartbeatStatus.Done, _driver.Join("a", ["t"], maxSize: 1).Status);
    }

    [Fact]
    public void Topics_that_come_grow_and_go_change_the_targets_of_who_reads_them()
    {
        _driver.Join("a", ["later", "t"]);
        var later = _driver.Driver.CreateTopic("later");
        Assert.True(_driver.Obey("a").Member!.Assigned.Contains(later.Ordinal, 0));
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new CreatePartitions { TopicId = later.Id, Count = 3 }));
        Assert.Equal(7, _driver.Obey("a").Member!.Assigned.Count);
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = later.Id }));
        _driver.Settle();
        Assert.Equal(All(), _driver["a"].Assigned);
        var epoch = Group.Epoch;
        _driver.Driver.CreateTopic("unread");
        Assert.Equal(epoch, Group.Epoch);
    }

    [Fact]
    public void An_expression_reads_what_agents_found_it_to_match_and_older_findings_are_ignored()
    {
        var joined = _driver.Join("a", regex: "t.*", matches: ["t"]).Member!;
        Assert.Equal(4, joined.Assigned.Count);
        var old = _driver.Driver.State.View.Version;
        var t2 = _driver.Driver.CreateTopic("t2", 2);
        Found(["t", "t2"], _driver.Driver.State.View.Version);
        Assert.True(_driver.Obey("a").Member!.Assigned.Contains(t2.Ordinal, 1));
        var epoch = Group.Epoch;
        Found(["t"], old); // by an agent that lags
        Assert.Equal(epoch, Group.Epoch);
        Assert.True(Group.Reads("t2"));
        _driver.Beat("a", ConsumerMember.LeaveEpoch);
        Assert.Null(Group.FindRegex("t.*"));

        void Found(string[] topics, long version) => _driver.Driver.Apply(StateDriver.Alice, Command.Of(new ConsumerHeartbeat
        {
            Group = ConsumerGroupDriver.G, MemberId = "a", MemberEpoch = _driver["a"].Epoch, ClientId = "c", ClientHost = "h", RegexTopics = [.. topics], RegexVersion = version, MaxSize = 9,
        }));
    }

    [Fact]
    public void The_assignor_is_the_one_that_most_members_wish_for()
    {
        _driver.Join("a", ["t"]);
        Assert.Equal(Assignors.Uniform, Group.Assignor);
        _driver.Join("b", ["t"], assignor: Assignors.Range);
        Assert.Equal(Assignors.Range, Group.Assignor);
    }

    [Fact]
    public void Commits_are_taken_from_members_in_their_epoch_only()
    {
        _driver.Join("a", ["t"]);
        Assert.Equal(CommitOffsetsStatus.Committed, Commit("a", 1));
        Assert.Equal(CommitOffsetsStatus.StaleMemberEpoch, Commit("a", 0));
        Assert.Equal(CommitOffsetsStatus.UnknownMember, Commit("b", 1));
        Assert.Equal(CommitOffsetsStatus.UnknownMember, Commit("", -1));
        _driver.Beat("a", ConsumerMember.LeaveEpoch);
        Assert.Equal(CommitOffsetsStatus.Committed, Commit("", -1));
    }

    [Fact]
    public void A_silent_member_is_removed_by_its_home_only()
    {
        _driver.Join("a", ["t"]);
        Assert.Equal(MemberStatus.NotHere, _driver.Driver.Apply(StateDriver.Alice, Command.Of(new ExpireMember { Group = ConsumerGroupDriver.G, MemberId = "a", Home = 77 })).Status);
        Assert.Equal(MemberStatus.Done, _driver.Driver.Apply(StateDriver.Alice, Command.Of(new ExpireMember { Group = ConsumerGroupDriver.G, MemberId = "a", Home = _driver["a"].Home })).Status);
        Assert.Empty(Group.Members);
    }

    [Fact]
    public async Task A_snapshot_brings_all_of_it_back()
    {
        _driver.Join("a", ["t"], instance: "i", assignor: Assignors.Range);
        _driver.Join("b", regex: "t", matches: ["t"]);
        _driver.Beat("a", 1, instance: "i");
        var restored = await ReplayPropertyTests.ThroughSnapshotAsync(_driver.Driver.State);
        Assert.Equal(_driver.Driver.State.Hash(), restored.Hash());
        Assert.True(restored.View.Groups.TryFind(ConsumerGroupDriver.G, out var group));
        Assert.Equal(Group.Members["a"].Revoking, group.View.Consumer!.Members["a"].Revoking);
    }

    private PartitionSet All() => PartitionSet.Of([(_t, 0), (_t, 1), (_t, 2), (_t, 3)]);

    private CommitOffsetsStatus Commit(string member, int epoch) => _driver.Driver.Apply(StateDriver.Alice, Command.Of(new CommitOffsets
    {
        Group = ConsumerGroupDriver.G, MemberId = member, Generation = epoch, Offsets = [new() { Topic = (uint)_t, Partition = 0, Offset = 5, LeaderEpoch = -1 }],
    })).Status;
}
