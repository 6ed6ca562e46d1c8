using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;

namespace DisklessKafka.Agent.Tests.Groups;

/// <summary>Groups of the consumer protocol (KIP-848) over the wire, through several agents.</summary>
public sealed class ConsumerGroupTests : IAsyncLifetime
{
    private readonly InProcessCluster _cluster = new();
    private AgentNode _first = null!;
    private AgentNode _second = null!;
    private WireClient _client = null!;
    private WireClient _other = null!;

    private static AgentOptions Options { get; } = InProcessCluster.Quick with
    {
        Settings = new Dictionary<string, string>
        {
            [BrokerConfigs.GroupConsumerMinSessionTimeoutMs] = "500", [BrokerConfigs.GroupConsumerMinHeartbeatIntervalMs] = "100",
        },
    };

    public async Task InitializeAsync()
    {
        _first = await _cluster.StartAgentAsync(Options);
        _second = await _cluster.StartAgentAsync(Options);
        _client = await InProcessCluster.ConnectAsync(_first);
        _other = await InProcessCluster.ConnectAsync(_second);
        await _client.CreateTopicAsync("t", 4);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _other.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Two_members_at_two_agents_share_a_topic_and_the_first_is_never_robbed()
    {
        var (a, b) = (new ConsumerClient(_client, "a"), new ConsumerClient(_other, "b"));
        Assert.Equal(4, (await a.JoinAsync("t")).Count);
        Assert.Empty(await b.JoinAsync("t"));
        await Eventually.HoldsAsync(async () => (await a.BeatAsync(), a.Owned.Count).Count == 2, "the first member is told to give up half");
        await b.BeatAsync();
        Assert.Empty(b.Owned); // the first has not said yet that it did
        await a.BeatAsync();
        await Eventually.HoldsAsync(async () => (await b.BeatAsync(), b.Owned.Count).Count == 2, "the second member gets the other half");
        Assert.Equal(4, a.Owned.Concat(b.Owned).Distinct().Count());
        Assert.Equal((ErrorCode.None, "Stable"), await StateAsync());
    }

    [Fact]
    public async Task A_heartbeat_that_changes_nothing_writes_nothing_and_can_go_to_any_agent()
    {
        var a = new ConsumerClient(_client, "a");
        await a.JoinAsync("t");
        await a.BeatAsync(_other); // its home moves
        await Eventually.HoldsAsync(() => _second.View.Groups.TryFind(new GroupId("g"), out var group) && group.View.Consumer!.Members["a"].Home == _second.SessionOrdinal, "the member's home moves");
        var before = _second.View.Version;
        for (var i = 0; i < 50; i++) Assert.Equal(ErrorCode.None, await a.BeatAsync(_other));
        Assert.InRange(_second.View.Version - before, 0, 5); // keep-alives of the agents go on meanwhile
    }

    [Fact]
    public async Task A_silent_member_is_removed_after_the_groups_own_session_time_out()
    {
        await AlterAsync(GroupConfigs.SessionTimeoutMs, "3000", GroupConfigs.HeartbeatIntervalMs, "200");
        var (a, b) = (new ConsumerClient(_client, "a"), new ConsumerClient(_other, "b"));
        await a.JoinAsync("t");
        await b.JoinAsync("t");
        await Eventually.HoldsAsync(async () => (await b.BeatAsync(), b.Owned.Count).Count == 4, "the silent member loses its partitions");
        Assert.Equal(ErrorCode.UnknownMemberId, await a.BeatAsync());
        Assert.Equal(200, b.IntervalMs);
    }

    [Fact]
    public async Task Killing_the_agent_that_a_member_speaks_to_takes_nothing_from_it()
    {
        var third = await _cluster.StartAgentAsync(Options with { SessionTimeout = TimeSpan.FromSeconds(2) });
        await using var doomed = await InProcessCluster.ConnectAsync(third);
        var a = new ConsumerClient(doomed, "a");
        await a.JoinAsync("t");
        var (session, epoch) = (third.SessionOrdinal, a.Epoch);
        await third.DisposeAsync(); // as if killed
        await Eventually.HoldsAsync(() => _first.View.Agents.Find(session) is null, "the dead agent's session ends");
        Assert.Equal(ErrorCode.None, await a.BeatAsync(_other));
        Assert.Equal((epoch, 4), (a.Epoch, a.Owned.Count));
    }

    [Fact]
    public async Task An_expression_finds_topics_also_those_that_come_later()
    {
        var a = new ConsumerClient(_client, "a");
        Assert.Equal(4, (await a.JoinAsync(regex: "t|later-[0-9]+")).Count);
        await _other.CreateTopicAsync("later-7", 2);
        await _other.CreateTopicAsync("later-x", 2);
        await Eventually.HoldsAsync(async () => (await a.BeatAsync(), a.Owned.Count).Count == 6, "the new topic is found");
        Assert.Equal(ErrorCode.InvalidRegularExpression, await new ConsumerClient(_client, "b").JoinErrorAsync(regex: "(a"));
        Assert.Equal(ErrorCode.InvalidRegularExpression, await new ConsumerClient(_client, "b").JoinErrorAsync(regex: @"(a)\1")); // would need backtracking
    }

    [Fact]
    public async Task Commits_and_fetches_are_for_members_in_their_epoch()
    {
        var a = new ConsumerClient(_client, "a");
        await a.JoinAsync("t");
        Assert.Equal(ErrorCode.None, await CommitAsync("a", a.Epoch, 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, await CommitAsync("a", a.Epoch - 1, 9));
        Assert.Equal(ErrorCode.UnknownMemberId, await CommitAsync("x", a.Epoch, 9));
        Assert.Equal(ErrorCode.UnsupportedVersion, await CommitAsync("a", a.Epoch, 8));
        Assert.Equal((ErrorCode.None, 42L), await FetchAsync("a", a.Epoch));
        Assert.Equal((ErrorCode.StaleMemberEpoch, -1L), await FetchAsync("a", a.Epoch + 1));
        Assert.Equal((ErrorCode.UnknownMemberId, -1L), await FetchAsync("x", a.Epoch));
        Assert.Equal((ErrorCode.None, 42L), await FetchAsync(null, -1));
    }

    [Fact]
    public async Task A_group_is_listed_and_described_as_what_it_is()
    {
        var a = new ConsumerClient(_client, "a");
        await a.JoinAsync("t");
        var listed = ((ListGroupsResponse[])[await _client.SendAsync(new ListGroupsRequest { TypesFilter = ["consumer"] }), await _other.SendAsync(new ListGroupsRequest { TypesFilter = ["consumer"] })]).SelectMany(each => each.Groups);
        var group = Assert.Single(listed);
        Assert.Equal(("g", "consumer", "Stable", "consumer"), (group.GroupId.Value, group.GroupType, group.GroupState, group.ProtocolType));
        var described = (await _other.SendAsync(new ConsumerGroupDescribeRequest { GroupIds = [new GroupId("g"), new GroupId("none")] })).Groups;
        Assert.Equal((ErrorCode.None, 1, "uniform"), (described[0].ErrorCode, described[0].GroupEpoch, described[0].AssignorName));
        var member = Assert.Single(described[0].Members);
        Assert.Equal(("a", 1, "t", 4), (member.MemberId, member.MemberEpoch, member.SubscribedTopicNames[0].Value, member.Assignment.TopicPartitions[0].Partitions.Count));
        Assert.Equal(ErrorCode.GroupIdNotFound, described[1].ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await _client.SendAsync(new DescribeGroupsRequest { Groups = [new GroupId("g")] })).Groups[0].ErrorCode);
        Assert.Equal(ErrorCode.NonEmptyGroup, (await _other.SendAsync(new DeleteGroupsRequest { GroupsNames = [new GroupId("g")] })).Results[0].ErrorCode);
        await a.LeaveAsync();
        Assert.Equal((ErrorCode.None, "Empty"), await StateAsync());
        Assert.Equal(ErrorCode.None, (await _other.SendAsync(new DeleteGroupsRequest { GroupsNames = [new GroupId("g")] })).Results[0].ErrorCode);
    }

    [Fact]
    public async Task Old_clients_and_new_ones_share_a_group()
    {
        var old = new GroupClient(_client) { Topic = "t" };
        await old.JoinAsync();
        await old.SyncAsync(null, (old.MemberId, 0));
        var next = new ConsumerClient(_other, "n");
        await next.JoinAsync("t");
        await Eventually.HoldsAsync(async () => await old.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "the old client is told to join again");
        var joined = await old.JoinAsync();
        Assert.Equal((ErrorCode.None, ""), (joined.ErrorCode, joined.Leader));
        Assert.Equal(ErrorCode.None, (await old.SyncAsync()).ErrorCode);
        await Eventually.HoldsAsync(async () => (await next.BeatAsync(), next.Owned.Count).Count == 2, "the new client gets its half");
        Assert.Equal(ErrorCode.None, await old.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await old.CommitAsync("t", 1));
        await next.LeaveAsync();
        await Eventually.HoldsAsync(async () => await old.HeartbeatAsync() == ErrorCode.RebalanceInProgress, "the old client is told that it is a classic group again");
        Assert.Equal(old.MemberId, (await old.JoinAsync()).Leader);
    }

    [Theory]
    [InlineData(GroupConfigs.SessionTimeoutMs, "100", "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms")]
    [InlineData(GroupConfigs.HeartbeatIntervalMs, "90000", "consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms")]
    [InlineData("consumer.nonsense", "1", "Unknown group config name: consumer.nonsense")]
    public async Task A_setting_of_a_group_that_cannot_be_is_refused(string name, string value, string message)
    {
        var answer = (await _client.SendAsync(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 32, ResourceName = "g", Configs = [new() { Name = name, Value = value }] }],
        })).Responses[0];
        Assert.Equal((ErrorCode.InvalidConfig, message), (answer.ErrorCode, answer.ErrorMessage));
    }

    [Fact]
    public async Task Settings_of_a_group_are_described_with_where_they_come_from()
    {
        await AlterAsync(GroupConfigs.SessionTimeoutMs, "50000");
        var configs = (await _other.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 32, ResourceName = "g" }] })).Results[0].Configs;
        Assert.Equal([("consumer.heartbeat.interval.ms", "5000", 5), ("consumer.session.timeout.ms", "50000", 8)], configs.Select(config => (config.Name, config.Value!, (int)config.ConfigSource)));
    }

    public static TheoryData<string, string> Flaws => new()
    {
        { "no rebalance time-out", "RebalanceTimeoutMs must be provided in first request." },
        { "partitions", "TopicPartitions must be empty when (re-)joining." },
        { "no subscription", "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining." },
        { "no member", "MemberId can't be empty." },
        { "epoch", "MemberEpoch is invalid." },
        { "assignor", "ServerAssignor best is not supported. Supported assignors: uniform, range." },
    };

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task A_request_with_a_flaw_is_told_which(string flaw, string message)
    {
        var request = new ConsumerGroupHeartbeatRequest { GroupId = new GroupId("g"), MemberId = "a", RebalanceTimeoutMs = 1_000, SubscribedTopicNames = [new TopicName("t")], TopicPartitions = [] };
        switch (flaw)
        {
            case "no rebalance time-out": request.RebalanceTimeoutMs = -1; break;
            case "partitions": request.TopicPartitions = null; break;
            case "no subscription": request.SubscribedTopicNames = null; break;
            case "no member": request.MemberId = ""; break;
            case "epoch": request.MemberEpoch = -3; break;
            case "assignor": request.ServerAssignor = "best"; break;
        }

        var response = await _client.SendAsync(request);
        Assert.Equal((flaw == "assignor" ? ErrorCode.UnsupportedAssignor : ErrorCode.InvalidRequest, message), (response.ErrorCode, response.ErrorMessage));
    }

    private async Task<(ErrorCode, string)> StateAsync()
    {
        var described = (await _other.SendAsync(new ConsumerGroupDescribeRequest { GroupIds = [new GroupId("g")] })).Groups[0];
        return (described.ErrorCode, described.GroupState);
    }

    private async Task AlterAsync(params string[] settings)
    {
        var request = new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 32, ResourceName = "g" }] };
        for (var i = 0; i < settings.Length; i += 2) request.Resources[0].Configs.Add(new() { Name = settings[i], Value = settings[i + 1] });
        var answer = (await _client.SendAsync(request)).Responses[0];
        Assert.Equal((ErrorCode.None, null), (answer.ErrorCode, answer.ErrorMessage));
    }

    private async Task<ErrorCode> CommitAsync(string member, int epoch, short version) => (await _client.SendAsync(
        new OffsetCommitRequest
        {
            GroupId = new GroupId("g"), MemberId = member, GenerationIdOrMemberEpoch = epoch,
            Topics = [new() { Name = new TopicName("t"), Partitions = [new() { PartitionIndex = 0, CommittedOffset = 42, CommittedMetadata = "" }] }],
        }, version)).Topics[0].Partitions[0].ErrorCode;

    private async Task<(ErrorCode, long)> FetchAsync(string? member, int epoch)
    {
        var group = (await _client.SendAsync(new OffsetFetchRequest
        {
            Groups = [new() { GroupId = new GroupId("g"), MemberId = member, MemberEpoch = epoch, Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [0] }] }],
        }, 9)).Groups[0];
        return (group.ErrorCode, group.Topics.Count == 0 ? -1 : group.Topics[0].Partitions[0].CommittedOffset);
    }
}
