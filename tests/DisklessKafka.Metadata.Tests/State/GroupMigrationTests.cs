using System.Buffers;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>A group whose clients are moved from one protocol to the other while they work.</summary>
public sealed class GroupMigrationTests
{
    private readonly ConsumerGroupDriver _driver = new();
    private readonly Topic _topic;

    public GroupMigrationTests() => _topic = _driver.Driver.CreateTopic("t", 4);

    private GroupView View => _driver.Driver.State.View.Groups.TryFind(ConsumerGroupDriver.G, out var group) ? group.View : GroupView.None;

    [Fact]
    public void A_consumer_that_joins_makes_a_classic_group_a_consumer_group_with_all_its_members()
    {
        FormClassic("a", "b");
        var generation = View.Classic!.Generation;
        var joined = _driver.Join("n", ["t"]).Member!;
        Assert.Null(View.Classic);
        Assert.Equal(["a", "b", "n"], _driver.Group.Members.Keys);
        Assert.True(joined.Epoch > generation);
        Assert.Equal(0, joined.Assigned.Count); // all is held by the others still
        Assert.Equal(4, _driver["a"].Assigned.Union(_driver["b"].Assigned).Count);
        foreach (var id in new[] { "a", "b" }) Assert.True(ClassicMembership.MustJoinAgain(_driver.Group, _driver[id]));

        foreach (var id in new[] { "a", "b" })
        {
            var outcome = JoinClassic(id, owned: []); // an eager member has given up everything when it joins
            Assert.Equal(JoinGroupStatus.Joined, outcome.Status);
            Assert.Equal(_driver.Group.Epoch, outcome.Member!.Epoch);
            Assert.False(ClassicMembership.IsBehind(_driver.Group, _driver[id]));
        }

        Assert.Equal(4, _driver["a"].Assigned.Union(_driver["b"].Assigned).Union(_driver.Obey("n").Member!.Assigned).Count);
        Assert.Equal(ConsumerState.Stable, _driver.Group.State);
    }

    [Fact]
    public void A_cooperative_member_is_told_what_it_keeps_then_joins_again_without_the_rest()
    {
        FormClassic("a");
        _driver.Join("n", ["t"]);
        var had = _driver["a"].Assigned;
        var told = JoinClassic("a", had).Member!;
        Assert.Equal(MemberProgress.Unrevoked, told.Progress);
        Assert.Equal(2, told.Assigned.Count);
        Assert.True(ClassicMembership.MustJoinAgain(_driver.Group, told));
        Assert.False(ClassicMembership.IsBehind(_driver.Group, told)); // it can fetch what it keeps
        Assert.Equal(0, _driver.Obey("n").Member!.Assigned.Count);
        Assert.Equal(MemberProgress.Stable, JoinClassic("a", told.Assigned).Member!.Progress);
        Assert.Equal(2, _driver.Obey("n").Member!.Assigned.Count);
        Assert.False(ClassicMembership.MustJoinAgain(_driver.Group, _driver["a"]));
    }

    [Fact]
    public void A_classic_member_that_does_not_join_again_in_time_is_removed()
    {
        FormClassic("a");
        _driver.Join("n", ["t"]);
        _driver.Driver.TimeMs += ConsumerGroupDriver.RebalanceMs;
        Assert.Equal(4, _driver.Obey("n").Member!.Assigned.Count);
        Assert.Equal(["n"], _driver.Group.Members.Keys);
    }

    [Fact]
    public void When_the_last_consumer_goes_the_rest_is_a_classic_group_again_and_joins_anew()
    {
        FormClassic("a", "b");
        _driver.Join("n", ["t"]);
        JoinClassic("a", owned: []);
        JoinClassic("b", owned: []);
        var epoch = _driver.Group.Epoch;
        _driver.Beat("n", ConsumerMember.LeaveEpoch);
        Assert.Null(View.Consumer);
        Assert.Equal(ClassicState.PreparingRebalance, View.Classic!.State);
        Assert.Equal(epoch, View.Classic.Generation); // so that they are told to join again, and not that they are lost
        Assert.Equal(["a", "b"], View.Classic.Members.Keys);
        Assert.Equal(ConsumerHeartbeatStatus.OtherKind, _driver.Beat("n", epoch).Status);
    }

    [Fact]
    public void A_member_that_restarts_with_the_other_protocol_is_a_new_member()
    {
        FormClassic("a");
        _driver.Join("n", ["t"]);
        Assert.Equal(LeaveStatus.Left, _driver.Driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = ConsumerGroupDriver.G, Members = [new() { MemberId = "a" }] })).Members[0]);
        Assert.Equal(4, _driver.Obey("n").Member!.Assigned.Count);
        Assert.Equal(JoinGroupStatus.IdRequired, JoinClassic("z", owned: [], isNew: true, idRequired: true).Status);
        Assert.Equal(JoinGroupStatus.Joined, JoinClassic("z", owned: []).Status);
        Assert.Equal(["n", "z"], _driver.Group.Members.Keys);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("downgrade")]
    public void The_policy_can_forbid_it(string policy)
    {
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new AlterConfigs
        {
            Resources = [new() { Type = 4, Name = "", Changes = [new() { Key = "group.consumer.migration.policy", Op = 0, Value = policy }] }],
        }));
        FormClassic("a");
        Assert.Equal(ConsumerHeartbeatStatus.OtherKind, _driver.Join("n", ["t"]).Status);
        Assert.NotNull(View.Classic);
    }

    [Fact]
    public void A_group_of_another_protocol_type_stays_what_it_is()
    {
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(JoinOf("w", [1], isNew: true, type: "connect")));
        Assert.Equal(ConsumerHeartbeatStatus.OtherKind, _driver.Join("n", ["t"]).Status);
        Assert.NotNull(View.Classic);
    }

    [Fact]
    public void What_is_no_consumer_cannot_join_a_consumer_group()
    {
        _driver.Join("n", ["t"]);
        Assert.Equal(JoinGroupStatus.InconsistentProtocol, _driver.Driver.Apply(StateDriver.Alice, Command.Of(JoinOf("w", Subscription([]), type: "connect"))).Status);
        Assert.Equal(JoinGroupStatus.InconsistentProtocol, _driver.Driver.Apply(StateDriver.Alice, Command.Of(JoinOf("w", [7]))).Status);
    }

    [Fact]
    public void An_empty_group_becomes_whatever_joins_and_keeps_its_offsets()
    {
        _driver.Join("n", ["t"]);
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new CommitOffsets { Group = ConsumerGroupDriver.G, MemberId = "n", Generation = 1, Offsets = [new() { Topic = (uint)_topic.Ordinal, Offset = 7, LeaderEpoch = -1 }] }));
        _driver.Beat("n", ConsumerMember.LeaveEpoch);
        FormClassic("a");
        Assert.Equal(7, _driver.Driver.State.FindOffset(ConsumerGroupDriver.G, _topic.Ordinal, 0)?.Offset);
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = ConsumerGroupDriver.G, Members = [new() { MemberId = "a" }] }));
        Assert.Equal(4, _driver.Join("n", ["t"]).Member!.Assigned.Count);
        Assert.Equal(7, _driver.Driver.State.FindOffset(ConsumerGroupDriver.G, _topic.Ordinal, 0)?.Offset);
    }

    [Fact]
    public async Task A_mixed_group_comes_back_from_a_snapshot()
    {
        FormClassic("a", "b");
        _driver.Join("n", ["t"]);
        Assert.Equal(_driver.Driver.State.Hash(), (await ReplayPropertyTests.ThroughSnapshotAsync(_driver.Driver.State)).Hash());
    }

    /// <summary>Members that share the topic, two partitions each or whatever is left for the last.</summary>
    private void FormClassic(params string[] members)
    {
        foreach (var member in members) _driver.Driver.Apply(StateDriver.Alice, Command.Of(JoinOf(member, Subscription([]), isNew: true)));
        if (members.Length > 1)
            foreach (var member in members.Take(members.Length - 1))
                _driver.Driver.Apply(StateDriver.Alice, Command.Of(JoinOf(member, Subscription([]))));
        var classic = View.Classic!;
        _driver.Driver.Apply(StateDriver.Alice, Command.Of(new SyncGroup
        {
            Group = ConsumerGroupDriver.G, MemberId = classic.Leader!, Generation = classic.Generation,
            Assignments = [.. members.Select((member, index) => new SyncGroup.Assignment { MemberId = member, Value = Assignment(Enumerable.Range(0, 4).Where(partition => partition % members.Length == index)) })],
        }));
        Assert.Equal(ClassicState.Stable, View.Classic!.State);
    }

    private JoinGroupOutcome JoinClassic(string id, PartitionSet owned, bool isNew = false, bool idRequired = false)
    {
        var join = JoinOf(id, Subscription([.. owned.ByTopic().SelectMany(each => each.Partitions)]), isNew);
        join.IdRequired = idRequired;
        return _driver.Driver.Apply(StateDriver.Alice, Command.Of(join));
    }

    private JoinGroupOutcome JoinClassic(string id, int[] owned, bool isNew = false, bool idRequired = false) =>
        JoinClassic(id, PartitionSet.Of(owned.Select(partition => (_topic.Ordinal, partition))), isNew, idRequired);

    private static JoinGroup JoinOf(string id, byte[] metadata, bool isNew = false, string type = "consumer") => new()
    {
        Group = ConsumerGroupDriver.G, MemberId = id, IsNew = isNew, ClientId = "c", ClientHost = "h", SessionTimeoutMs = 30_000, RebalanceTimeoutMs = ConsumerGroupDriver.RebalanceMs,
        ProtocolType = type, MaxSize = 99, KnowsSkip = true, Protocols = [new() { Name = "range", Metadata = metadata }],
    };

    private static byte[] Subscription(int[] owned)
    {
        var subscription = new ConsumerProtocolSubscription { Topics = ["t"] };
        if (owned.Length > 0) subscription.OwnedPartitions.Add(new() { Topic = new TopicName("t"), Partitions = [.. owned] });
        return Encode(subscription);
    }

    private static byte[] Assignment(IEnumerable<int> partitions) => Encode(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = new TopicName("t"), Partitions = [.. partitions] }] });

    private static byte[] Encode(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt16(3);
        message.Write(ref writer, 3);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
