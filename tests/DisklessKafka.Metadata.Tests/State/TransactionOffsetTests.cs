using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class TransactionOffsetTests
{
    private static readonly GroupId Group = new("g");

    private readonly StateDriver _driver = StateDriver.WithAlice();
    private readonly TransactionDriver _client;
    private readonly Topic _topic;

    public TransactionOffsetTests()
    {
        _driver.Register(StateDriver.Alice, int.MaxValue);
        _client = new TransactionDriver(_driver);
        _topic = _driver.CreateTopic("t", 2);
    }

    [Fact]
    public void Offsets_count_from_the_commit_on()
    {
        var producer = _client.Init();
        _client.AddGroup(producer, "g");
        Assert.Equal([true], _client.Offset(producer, "g", _topic, 0, 7).IsKnown);
        Assert.Null(Committed(0));
        Assert.True(_driver.State.HasPendingOffset(Group, _topic.Ordinal, 0));
        Assert.False(_driver.State.HasPendingOffset(Group, _topic.Ordinal, 1));
        _client.End(producer, commit: true);
        Assert.Equal(7, Committed(0));
        Assert.False(_driver.State.HasPendingOffset(Group, _topic.Ordinal, 0));
    }

    [Fact]
    public void Offsets_of_an_aborted_transaction_never_count()
    {
        var producer = _client.Init();
        _client.Offset(producer, "g", _topic, 0, 7, joins: true);
        _client.End(producer, commit: false, bumps: true);
        Assert.Null(Committed(0));
        Assert.False(_driver.State.HasPendingOffset(Group, _topic.Ordinal, 0));
    }

    [Fact]
    public void Offsets_of_a_transaction_whose_time_is_up_never_count()
    {
        var producer = _client.Init(timeoutMs: 100);
        _client.Offset(producer, "g", _topic, 0, 7, joins: true);
        _driver.TimeMs += 100;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        Assert.Null(Committed(0));
        Assert.Equal(TransactionStatus.Fenced, _client.Offset(producer, "g", _topic, 0, 8, joins: true).Status);
    }

    [Fact]
    public void A_group_that_was_not_added_is_refused_under_version_one()
    {
        var producer = _client.Init();
        Assert.Equal(TransactionStatus.InvalidState, _client.Offset(producer, "g", _topic, 0, 7).Status);
        _client.AddGroup(producer, "other");
        Assert.Equal(TransactionStatus.InvalidState, _client.Offset(producer, "g", _topic, 0, 7).Status);
    }

    [Fact]
    public void Somebody_who_is_no_member_of_that_generation_is_refused_and_opens_nothing()
    {
        var producer = _client.Init();
        Assert.Equal(CommitOffsetsStatus.IllegalGeneration, _client.Offset(producer, "g", _topic, 0, 7, joins: true, generation: 3, member: "m").Member);
        Assert.Equal(TransactionState.Empty, _driver.State.FindTransaction(new TransactionalId("tx"))!.State);
    }

    [Fact]
    public void A_member_of_a_group_that_waits_for_its_assignment_may_hand_in_offsets()
    {
        _driver.Apply(StateDriver.Alice, Command.Of(new JoinGroup
        {
            Group = Group, MemberId = "m", IsNew = true, SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 10_000, ProtocolType = "consumer", MaxSize = 9,
            Protocols = [new() { Name = "range", Metadata = [] }],
        }));
        var producer = _client.Init();
        Assert.Equal(CommitOffsetsStatus.Committed, _client.Offset(producer, "g", _topic, 0, 7, joins: true, generation: 1, member: "m").Member);
        _client.End(producer, commit: true, bumps: true);
        Assert.Equal(7, Committed(0));
    }

    [Fact]
    public void What_was_committed_outside_of_the_transaction_since_then_stays()
    {
        var producer = _client.Init();
        _client.Offset(producer, "g", _topic, 0, 7, joins: true);
        _driver.TimeMs += 1;
        CommitPlainly(9);
        _client.End(producer, commit: true, bumps: true);
        Assert.Equal(9, Committed(0));
    }

    [Fact]
    public void A_deleted_group_gets_nothing_that_was_pending()
    {
        CommitPlainly(1);
        var producer = _client.Init();
        _client.Offset(producer, "g", _topic, 0, 7, joins: true);
        Assert.Equal(DeleteGroupStatus.Deleted, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteGroup { Group = Group })).Status);
        Assert.Equal(TransactionStatus.Done, _client.End(producer, commit: true, bumps: true).Status);
        Assert.Null(Committed(0));
    }

    [Fact]
    public void Records_and_offsets_of_one_transaction_appear_in_the_same_entry()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 1, 0, 3, joins: true);
        _client.Offset(producer, "g", _topic, 0, 7, joins: true);
        _client.End(producer, commit: true, bumps: true);
        Assert.Equal((4, 7), (_topic.Find(1)!.View.LastStableOffset, Committed(0)));
        Assert.Equal(_driver.State.View.Version, _topic.Find(1)!.View.Version);
    }

    private long? Committed(int partition) => _driver.State.FindOffset(Group, _topic.Ordinal, partition)?.Offset;

    private void CommitPlainly(ulong offset) => _driver.Apply(StateDriver.Alice, Command.Of(new CommitOffsets
    {
        Group = Group, MemberId = "", Generation = -1, Offsets = [new() { Topic = (uint)_topic.Ordinal, Partition = 0, Offset = offset, LeaderEpoch = -1, Metadata = "" }],
    }));
}
