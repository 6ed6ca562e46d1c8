using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;

namespace DisklessKafka.Agent.Tests.Groups;

public sealed class ClassicGroupTests : IAsyncLifetime
{
    private readonly InProcessCluster _cluster = new();
    private AgentNode _first = null!;
    private AgentNode _second = null!;
    private WireClient _client = null!;
    private WireClient _other = null!;

    private static AgentOptions Options { get; } = InProcessCluster.Quick with
    {
        Settings = new Dictionary<string, string> { [BrokerConfigs.GroupInitialRebalanceDelayMs] = "0", [BrokerConfigs.GroupMinSessionTimeoutMs] = "100" },
    };

    public async Task InitializeAsync()
    {
        _first = await _cluster.StartAgentAsync(Options);
        _second = await _cluster.StartAgentAsync(Options);
        _client = await InProcessCluster.ConnectAsync(_first);
        _other = await InProcessCluster.ConnectAsync(_second);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _other.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Members_join_and_sync_through_any_agent_and_each_gets_what_the_leader_gave_it()
    {
        var (a, b) = await FormPairAsync();
        Assert.Equal(ErrorCode.None, await a.HeartbeatAsync(_other)); // not the agent it joined at
        Assert.Equal(ErrorCode.None, await b.HeartbeatAsync(_client));
    }

    [Fact]
    public async Task A_member_that_leaves_makes_the_other_join_again()
    {
        var (a, b) = await FormPairAsync();
        Assert.Equal(ErrorCode.None, (await b.LeaveAsync()).Members[0].ErrorCode);
        await Eventually.HoldsAsync(async () => await a.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "the member that stays is told to join again");
        var generation = a.Generation;
        Assert.Equal(a.MemberId, Assert.Single((await a.JoinAsync()).Members).MemberId);
        Assert.Equal(generation + 1, a.Generation);
        Assert.Equal(ErrorCode.UnknownMemberId, await b.HeartbeatAsync());
    }

    [Fact]
    public async Task An_agent_that_leaves_does_not_wait_for_a_rebalance_and_has_its_members_join_elsewhere()
    {
        var (a, b) = await FormPairAsync();
        var joining = b.JoinAsync(_client, metadata: 1); // waits for the other one, for a minute
        await Eventually.HoldsAsync(async () => await a.HeartbeatAsync(_other) == ErrorCode.RebalanceInProgress, "the other one is told to join again");

        var left = _first.StopAsync();

        Assert.Equal(ErrorCode.RebalanceInProgress, (await joining.WaitAsync(WireClient.Patience)).ErrorCode);
        await left.WaitAsync(WireClient.Patience);
        var again = b.JoinAsync(_other, metadata: 1);
        Assert.Equal(ErrorCode.None, (await a.JoinAsync(_other).WaitAsync(WireClient.Patience)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await again.WaitAsync(WireClient.Patience)).ErrorCode);
        Assert.Equal(a.Generation, b.Generation);
    }

    [Fact]
    public async Task A_silent_member_is_removed_after_its_session_and_the_others_are_not_disturbed_before()
    {
        var (a, b) = await FormPairAsync(sessionOfB: 1_000);
        Assert.Equal(ErrorCode.None, await a.HeartbeatAsync());
        await Eventually.HoldsAsync(async () => await a.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "the silent member is removed");
        Assert.Equal(a.MemberId, Assert.Single((await a.JoinAsync()).Members).MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, await b.HeartbeatAsync());
    }

    [Fact]
    public async Task Killing_the_agent_that_a_member_speaks_to_causes_no_rebalance()
    {
        var third = await _cluster.StartAgentAsync(Options with { SessionTimeout = TimeSpan.FromSeconds(2) });
        await using var doomed = await InProcessCluster.ConnectAsync(third);
        var (a, b) = await FormPairAsync(ofB: doomed);
        await _client.CreateTopicAsync("t");
        var session = third.SessionOrdinal;
        await third.DisposeAsync(); // as if killed
        await Eventually.HoldsAsync(() => _first.View.Agents.Find(session) is null, "the dead agent's session ends");
        for (var i = 0; i < 20; i++) Assert.Equal(ErrorCode.None, await a.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await b.HeartbeatAsync(_other));
        Assert.Equal(ErrorCode.None, await b.CommitAsync("t", 5, _other));
    }

    [Fact]
    public async Task A_member_whose_agent_died_and_that_does_not_come_back_is_removed_by_another_agent()
    {
        var third = await _cluster.StartAgentAsync(Options with { SessionTimeout = TimeSpan.FromSeconds(1) });
        await using var doomed = await InProcessCluster.ConnectAsync(third);
        var (a, _) = await FormPairAsync(ofB: doomed, sessionOfB: 1_000);
        await third.DisposeAsync();
        await Eventually.HoldsAsync(async () => await a.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "somebody removes the member of the dead agent");
    }

    [Fact]
    public async Task A_static_member_that_restarts_keeps_its_place_and_its_old_self_is_fenced()
    {
        var before = new GroupClient(_client) { InstanceId = "i" };
        await before.JoinAsync();
        await before.SyncAsync(null, (before.MemberId, 7));
        var after = new GroupClient(_other) { InstanceId = "i" };
        var joined = await after.JoinAsync();
        Assert.Equal((ErrorCode.None, before.Generation, true), (joined.ErrorCode, joined.GenerationId, joined.SkipAssignment));
        Assert.Equal([7], (await after.SyncAsync()).Assignment);
        await Eventually.HoldsAsync(async () => await before.HeartbeatAsync() == ErrorCode.FencedInstanceId, "the old self is fenced");
    }

    [Fact]
    public async Task Offsets_committed_through_one_agent_are_read_through_another()
    {
        await _client.CreateTopicAsync("t", 2);
        var (a, _) = await FormPairAsync();
        Assert.Equal(ErrorCode.None, await a.CommitAsync("t", 42));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await a.CommitAsync("no-such-topic", 1));
        var fetched = (await _other.SendAsync(new OffsetFetchRequest { Groups = [new() { GroupId = new GroupId("g"), Topics = null }] }, 9)).Groups[0];
        var partition = Assert.Single(Assert.Single(fetched.Topics).Partitions);
        Assert.Equal((0, 42L, "here", ErrorCode.None), (partition.PartitionIndex, partition.CommittedOffset, partition.Metadata, partition.ErrorCode));
        var asked = (await _other.SendAsync(new OffsetFetchRequest
        {
            GroupId = new GroupId("g"), Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [0, 1] }],
        }, 5)).Topics[0].Partitions;
        Assert.Equal([42L, -1L], asked.Select(each => each.CommittedOffset));
        Assert.Equal(-1, (await _other.SendAsync(new OffsetFetchRequest
        {
            Groups = [new() { GroupId = new GroupId("nobody"), Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [0] }] }],
        }, 9)).Groups[0].Topics[0].Partitions[0].CommittedOffset);
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted()
    {
        var (a, b) = await FormPairAsync();
        Assert.Equal([("g", "Stable")], await ListAsync(new() { StatesFilter = ["stable"], TypesFilter = ["Classic"] }));
        Assert.Empty(await ListAsync(new() { StatesFilter = ["Empty"] }));
        var described = (await _other.SendAsync(new DescribeGroupsRequest { Groups = [new GroupId("g"), new GroupId("none")] })).Groups;
        Assert.Equal(("Stable", "consumer", "range", 2), (described[0].GroupState, described[0].ProtocolType, described[0].ProtocolData, described[0].Members.Count));
        Assert.Equal(("Dead", ErrorCode.GroupIdNotFound), (described[1].GroupState, described[1].ErrorCode));
        Assert.Equal(ErrorCode.NonEmptyGroup, await DeleteAsync());
        await a.LeaveAsync();
        await b.LeaveAsync();
        Assert.Equal(ErrorCode.None, await DeleteAsync());
        Assert.Equal(ErrorCode.GroupIdNotFound, await DeleteAsync());

        // As clients do: every broker is asked, and each group is listed once.
        async Task<IEnumerable<(string, string)>> ListAsync(ListGroupsRequest request) =>
            ((ListGroupsResponse[])[await _client.SendAsync(request), await _other.SendAsync(request)]).SelectMany(each => each.Groups).Select(group => (group.GroupId.Value, group.GroupState));

        async Task<ErrorCode> DeleteAsync() => (await _other.SendAsync(new DeleteGroupsRequest { GroupsNames = [new GroupId("g")] })).Results[0].ErrorCode;
    }

    [Fact]
    public async Task A_group_that_only_has_offsets_is_listed_as_empty()
    {
        await _client.CreateTopicAsync("t");
        var commit = new OffsetCommitRequest
        {
            GroupId = new GroupId("only-offsets"), MemberId = "", GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = new TopicName("t"), Partitions = [new() { PartitionIndex = 0, CommittedOffset = 3, CommittedLeaderEpoch = -1, CommittedMetadata = "" }] }],
        };
        Assert.Equal(ErrorCode.None, (await _client.SendAsync(commit, 8)).Topics[0].Partitions[0].ErrorCode);
        var listed = ((ListGroupsResponse[])[await _client.SendAsync(new ListGroupsRequest()), await _other.SendAsync(new ListGroupsRequest())]).SelectMany(each => each.Groups);
        var group = Assert.Single(listed);
        Assert.Equal(("only-offsets", "Empty", "classic", ""), (group.GroupId.Value, group.GroupState, group.GroupType, group.ProtocolType));
    }

    [Theory]
    [InlineData("", 30_000, ErrorCode.InvalidGroupId)]
    [InlineData("g", 0, ErrorCode.InvalidSessionTimeout)]
    [InlineData("g", int.MaxValue, ErrorCode.InvalidSessionTimeout)]
    public async Task A_join_with_impossible_terms_is_refused(string group, int sessionMs, ErrorCode expected) =>
        Assert.Equal(expected, (await new GroupClient(_client, group) { SessionTimeoutMs = sessionMs }.JoinAsync()).ErrorCode);

    private async Task<(GroupClient A, GroupClient B)> FormPairAsync(WireClient? ofB = null, int sessionOfB = 30_000)
    {
        var a = new GroupClient(_client);
        var b = new GroupClient(ofB ?? _other) { SessionTimeoutMs = sessionOfB };
        await a.JoinAsync();
        var joining = b.JoinAsync();
        await Eventually.HoldsAsync(async () => await a.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "the group rebalances for its second member");
        var joined = await a.JoinAsync();
        Assert.Equal(2, joined.Members.Count);
        await joining;
        var waiting = b.SyncAsync();
        var own = await a.SyncAsync(null, (a.MemberId, 1), (b.MemberId, 2));
        Assert.Equal((1, 2), (own.Assignment[0], (await waiting).Assignment[0]));
        return (a, b);
    }
}
