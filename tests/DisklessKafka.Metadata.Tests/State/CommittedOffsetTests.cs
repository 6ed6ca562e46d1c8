using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class CommittedOffsetTests
{
    private static readonly GroupId G = new("g");

    private readonly StateDriver _driver = new();

    public CommittedOffsetTests() => _driver.Register(StateDriver.Alice, timeoutMs: int.MaxValue);

    [Fact]
    public void Anybody_commits_where_there_are_no_members_and_unknown_partitions_are_told()
    {
        _driver.CreateTopic("t", 2);
        var outcome = Commit("", -1, (0, 1, 42), (0, 9, 1), (7, 0, 1));
        Assert.Equal(CommitOffsetsStatus.Committed, outcome.Status);
        Assert.Equal([true, false, false], outcome.IsKnown);
        Assert.Equal(42, OffsetOf(0, 1));
        Assert.Equal(CommitOffsetsStatus.IllegalGeneration, Commit("m", 3, group: "other").Status);
    }

    [Fact]
    public void In_a_group_with_members_only_they_commit_and_only_in_their_generation()
    {
        _driver.CreateTopic("t");
        Join("a");
        Assert.Equal(CommitOffsetsStatus.RebalanceInProgress, Commit("a", 1, (0, 0, 1)).Status);
        _driver.Apply(StateDriver.Alice, Command.Of(new SyncGroup { Group = G, MemberId = "a", Generation = 1 }));
        Assert.Equal(CommitOffsetsStatus.Committed, Commit("a", 1, (0, 0, 5)).Status);
        Assert.Equal(CommitOffsetsStatus.IllegalGeneration, Commit("a", 2, (0, 0, 6)).Status);
        Assert.Equal(CommitOffsetsStatus.UnknownMember, Commit("b", 1, (0, 0, 6)).Status);
        Assert.Equal(CommitOffsetsStatus.UnknownMember, Commit("", -1, (0, 0, 6)).Status);
        Assert.Equal(5, OffsetOf(0, 0));
    }

    [Fact]
    public void Offsets_expire_a_week_after_the_commit_or_after_the_last_member_went()
    {
        _driver.CreateTopic("t", 2);
        Commit("", -1, (0, 0, 1));
        Advance(GroupTable.DefaultRetentionMs / 2);
        Commit("", -1, (0, 1, 1));
        Advance(GroupTable.DefaultRetentionMs / 2);
        Assert.Equal((-1, 1), (OffsetOf(0, 0), OffsetOf(0, 1)));

        Join("a");
        Advance(GroupTable.DefaultRetentionMs * 2);
        Assert.Equal(1, OffsetOf(0, 1)); // it has a member
        _driver.Apply(StateDriver.Alice, Command.Of(new LeaveGroup { Group = G, Members = [new() { MemberId = "a" }] }));
        Advance(GroupTable.DefaultRetentionMs - 1);
        Assert.Equal(1, OffsetOf(0, 1));
        Advance(1);
        Assert.False(_driver.State.View.Groups.TryFind(G, out _), "the group has nothing left and should be gone");
    }

    [Fact]
    public void Offsets_that_no_member_reads_expire_under_a_group_with_members()
    {
        _driver.CreateTopic("t");
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 1), (1, 0, 2));
        Join("a", subscribed: "t");
        Advance(GroupTable.DefaultRetentionMs);
        Assert.Equal((1, 2), (OffsetOf(0, 0), OffsetOf(1, 0))); // who shall read what is not settled
        Sync("a", 1);
        Advance(0);
        Assert.Equal((1, -1), (OffsetOf(0, 0), OffsetOf(1, 0)));
        Assert.Equal(CommitOffsetsStatus.Committed, Commit("a", 1, (1, 0, 3)).Status);
        Advance(GroupTable.DefaultRetentionMs - 1);
        Assert.Equal((1, 3), (OffsetOf(0, 0), OffsetOf(1, 0)));
        Advance(1);
        Assert.Equal((1, -1), (OffsetOf(0, 0), OffsetOf(1, 0)));
    }

    [Fact]
    public void Offsets_of_a_topic_that_is_not_read_any_more_expire_with_the_next_generation()
    {
        _driver.CreateTopic("t");
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 1), (1, 0, 2));
        Join("a", subscribed: "u");
        Sync("a", 1);
        Join("b", subscribed: "t");
        Advance(GroupTable.DefaultRetentionMs); // past the time that "a" had to join again
        Assert.Equal((1, 2), (OffsetOf(0, 0), OffsetOf(1, 0)));
        Sync("b", 2);
        Advance(0);
        Assert.Equal((1, -1), (OffsetOf(0, 0), OffsetOf(1, 0)));
    }

    [Fact]
    public void Offsets_of_a_consumer_group_expire_when_no_member_reads_them()
    {
        _driver.CreateTopic("t");
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 1), (1, 0, 2));
        _driver.Apply(StateDriver.Alice, Command.Of(new ConsumerHeartbeat
        {
            Group = G, MemberId = "a", MemberEpoch = 0, RebalanceTimeoutMs = 10_000, Topics = ["t"], Owned = [], MaxSize = 9, ClientId = "", ClientHost = "",
        }));
        Advance(GroupTable.DefaultRetentionMs - 1);
        Assert.Equal((1, 2), (OffsetOf(0, 0), OffsetOf(1, 0)));
        Advance(1);
        Assert.Equal((1, -1), (OffsetOf(0, 0), OffsetOf(1, 0)));
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("consumer")]
    public void Where_it_is_not_known_what_members_read_nothing_expires(string type)
    {
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 2));
        Join("a", type: type, metadata: [0]); // no subscription
        Sync("a", 1);
        Advance(GroupTable.DefaultRetentionMs * 2);
        Assert.Equal(2, OffsetOf(0, 0));
    }

    [Fact]
    public void A_shorter_retention_counts_at_once_for_offsets_that_are_there()
    {
        _driver.CreateTopic("t");
        Commit("", -1, (0, 0, 1));
        _driver.Apply(StateDriver.Alice, Command.Of(new AlterConfigs { Resources = [new() { Type = 4, Changes = [new() { Key = "offsets.retention.minutes", Value = "1" }] }] }));
        Advance(60_000);
        Assert.Equal(-1, OffsetOf(0, 0));
    }

    [Fact]
    public void Offsets_go_with_their_topic_and_with_their_group()
    {
        var topic = _driver.CreateTopic("t");
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 1), (1, 0, 2));
        _driver.Apply(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = topic.Id }));
        Assert.Equal((-1, 2), (OffsetOf(0, 0), OffsetOf(1, 0)));
        Assert.Equal(DeleteGroupStatus.Deleted, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteGroup { Group = G })).Status);
        Assert.Equal(DeleteGroupStatus.UnknownGroup, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteGroup { Group = G })).Status);
        Assert.Equal(-1, OffsetOf(1, 0));
    }

    [Fact]
    public void A_group_with_members_is_not_deleted_nor_are_offsets_that_it_still_reads()
    {
        _driver.CreateTopic("t");
        _driver.CreateTopic("u");
        Commit("", -1, (0, 0, 1), (1, 0, 2));
        Join("a", subscribed: "t");
        Assert.Equal(DeleteGroupStatus.NotEmpty, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteGroup { Group = G })).Status);
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(new DeleteOffsets { Group = G, Partitions = [new() { Topic = 0 }, new() { Topic = 1 }] }));
        Assert.Equal([true, false], outcome.IsSubscribed);
        Assert.Equal((1, -1), (OffsetOf(0, 0), OffsetOf(1, 0)));
    }

    private void Join(string member, string subscribed = "t", string type = "consumer", byte[]? metadata = null) => _driver.Apply(StateDriver.Alice, Command.Of(new JoinGroup
    {
        Group = G, MemberId = member, IsNew = true, SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 10_000, ProtocolType = type, MaxSize = 9,
        Protocols = [new() { Name = "range", Metadata = metadata ?? [0, 0, 0, 0, 0, 1, 0, (byte)subscribed.Length, .. System.Text.Encoding.UTF8.GetBytes(subscribed), 255, 255, 255, 255] }],
    }));

    private void Sync(string member, int generation) =>
        Assert.Equal(SyncGroupStatus.Synced, _driver.Apply(StateDriver.Alice, Command.Of(new SyncGroup { Group = G, MemberId = member, Generation = generation })).Status);

    private CommitOffsetsOutcome Commit(string member, int generation, params (uint Topic, uint Partition, long Offset)[] offsets) => Commit(member, generation, "g", offsets);

    private CommitOffsetsOutcome Commit(string member, int generation, string group, params (uint Topic, uint Partition, long Offset)[] offsets) =>
        _driver.Apply(StateDriver.Alice, Command.Of(new CommitOffsets
        {
            Group = new GroupId(group), MemberId = member, Generation = generation,
            Offsets = [.. offsets.Select(each => new CommitOffsets.OffsetEntry { Topic = each.Topic, Partition = each.Partition, Offset = (ulong)each.Offset, LeaderEpoch = -1, Metadata = "" })],
        }));

    private long OffsetOf(uint topic, uint partition) => _driver.State.FindOffsets(G)?.FirstOrDefault(each => each.Topic == topic && each.Partition == partition, (0, 0, new(-1, -1, "", 0))).Committed.Offset ?? -1;

    private void Advance(long ms)
    {
        _driver.TimeMs += ms;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
    }
}
