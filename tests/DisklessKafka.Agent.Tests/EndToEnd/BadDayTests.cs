using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using static DisklessKafka.TestKit.Agents.WireClientVerbs;

namespace DisklessKafka.Agent.Tests.EndToEnd;

/// <summary>Stores that go away and come back while an agent serves.</summary>
public sealed class BadDayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task While_the_object_store_is_away_writes_are_refused_retriably_and_nothing_is_half_visible()
    {
        var faults = new StoreSwitch();
        await using var cluster = new InProcessCluster(new MemoryObjectStore(TimeProvider.System, faults: faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        var topic = await client.CreateTopicAsync("t");
        await client.ProduceAsync(topic, 0, Batch(1, "before"));
        faults.IsAway = true;
        var refused = await client.ProduceAsync(topic, 0, Batch(1, "lost"));
        Assert.Equal((ErrorCode.NotEnoughReplicas, -1L), (refused.ErrorCode, refused.BaseOffset));
        faults.IsAway = false;
        Assert.Equal(1, (await client.ProduceAsync(topic, 0, Batch(1, "after"))).BaseOffset);
        Assert.Equal([(0, "before"), (1, "after")], (await client.FetchAsync(topic, 0, 0)).Records());
    }

    [Fact]
    public async Task While_the_log_is_away_writes_time_out_and_go_on_by_themselves_once()
    {
        var faults = new LogSwitch();
        await using var cluster = new InProcessCluster(log: new MemoryMetadataLog(TimeProvider.System, faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        var topic = await client.CreateTopicAsync("t");
        faults.Appends = LogOutcome.RequestLost;
        Assert.Equal(ErrorCode.RequestTimedOut, (await client.ProduceAsync(topic, 0, Batch(1, "a"), timeoutMs: 1_000)).ErrorCode);
        faults.Appends = LogOutcome.Success;
        Assert.Equal([(0, "a")], (await client.FetchAsync(topic, 0, 0, maxWaitMs: 15_000)).Records());
        Assert.Equal(1, (await client.ProduceAsync(topic, 0, Batch(1, "b"))).BaseOffset);
    }

    [Fact]
    public async Task While_the_log_is_away_a_topic_that_the_agent_has_not_heard_of_is_not_taken_for_given_up()
    {
        var faults = new LogSwitch();
        await using var cluster = new InProcessCluster(log: new MemoryMetadataLog(TimeProvider.System, faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        await client.CreateTopicAsync("t");
        var joined = await client.SendAsync(new ConsumerGroupHeartbeatRequest
        {
            GroupId = new GroupId("g"), MemberId = "m", RebalanceTimeoutMs = 60_000, SubscribedTopicNames = [new TopicName("t")], TopicPartitions = [],
        });
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        faults.Ends = LogOutcome.RequestLost;
        var answer = await client.SendAsync(new ConsumerGroupHeartbeatRequest
        {
            GroupId = new GroupId("g"), MemberId = "m", MemberEpoch = joined.MemberEpoch, TopicPartitions = [new() { TopicId = new TopicId(Guid.Parse("0badcafe-0000-4000-8000-000000000001")), Partitions = [0] }],
        });
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, answer.ErrorCode);
    }

    /// <summary>Found by simulated runs: an agent that had been stopped gave a member that came back what another one had been given meanwhile.</summary>
    [Fact]
    public async Task While_the_log_is_away_no_member_is_told_an_assignment()
    {
        var faults = new LogSwitch();
        await using var cluster = new InProcessCluster(log: new MemoryMetadataLog(TimeProvider.System, faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        await client.CreateTopicAsync("t");
        var joined = await client.SendAsync(Full(0));
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        faults.Ends = LogOutcome.RequestLost;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await client.SendAsync(Full(0))).ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await client.SendAsync(Full(joined.MemberEpoch))).ErrorCode);
        var beat = await client.SendAsync(new ConsumerGroupHeartbeatRequest { GroupId = new GroupId("g"), MemberId = "m", MemberEpoch = joined.MemberEpoch, RebalanceTimeoutMs = -1 });
        Assert.Equal(ErrorCode.None, beat.ErrorCode); // that it goes on with what it has
        Assert.Null(beat.Assignment);

        static ConsumerGroupHeartbeatRequest Full(int epoch) => new()
        {
            GroupId = new GroupId("g"), MemberId = "m", MemberEpoch = epoch, RebalanceTimeoutMs = 60_000, SubscribedTopicNames = [new TopicName("t")], TopicPartitions = [],
        };
    }

    [Fact]
    public async Task An_append_whose_answer_was_lost_is_answered_once_and_written_once()
    {
        var faults = new LogSwitch();
        await using var cluster = new InProcessCluster(log: new MemoryMetadataLog(TimeProvider.System, faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        var topic = await client.CreateTopicAsync("t");
        faults.Appends = LogOutcome.AnswerLost;
        var written = await client.ProduceAsync(topic, 0, Batch(1, "a"));
        faults.Appends = LogOutcome.Success;
        Assert.Equal((ErrorCode.None, 0L), (written.ErrorCode, written.BaseOffset));
        Assert.Equal((ErrorCode.None, 1L, -1L), await client.ListOffsetAsync("t", 0, -1));
    }

    [Fact]
    public async Task A_fetch_is_never_out_of_range_because_the_log_is_away()
    {
        var faults = new LogSwitch();
        await using var cluster = new InProcessCluster(log: new MemoryMetadataLog(TimeProvider.System, faults));
        await using var client = await InProcessCluster.ConnectAsync(await cluster.StartAgentAsync());
        var topic = await client.CreateTopicAsync("t");
        faults.Ends = LogOutcome.Failure;
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync(topic, 0, 5)).ErrorCode);
    }

    /// <summary>The fence that lets a sweep delete what no live session can commit: see the segment's own session in its key.</summary>
    [Fact]
    public async Task An_agent_that_stalls_between_PUT_and_append_past_its_session_has_the_segment_refused_and_goes_on_in_another()
    {
        await using var cluster = new InProcessCluster();
        var gate = new GatedLog(cluster.Log);
        var quickToDie = InProcessCluster.Quick with { SessionTimeout = TimeSpan.FromSeconds(1) };
        var stalling = await cluster.StartAgentAsync(quickToDie, log: gate);
        var witness = await cluster.StartAgentAsync(quickToDie);
        await using var client = await InProcessCluster.ConnectAsync(stalling);
        var topic = await client.CreateTopicAsync("t");
        var (firstSession, node) = (stalling.SessionOrdinal, stalling.NodeId);

        gate.Close();
        var write = client.ProduceAsync(topic, 0, Batch(1, "stalled"), timeoutMs: 20_000);
        await gate.AppendWaitsAsync().WaitAsync(Patience);
        await Eventually.HoldsAsync(() => witness.View.Agents.Find(firstSession) is null, "the stalled session ends");
        gate.Open();

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await write.WaitAsync(Patience)).ErrorCode);
        await Eventually.HoldsAsync(() => stalling.SessionOrdinal > firstSession, "a new session begins");
        Assert.Equal(node, stalling.NodeId);
        Assert.Equal(0, (await client.ProduceAsync(topic, 0, Batch(1, "again"))).BaseOffset);
        Assert.Equal([(0, "again")], (await client.FetchAsync(topic, 0, 0)).Records());
    }

    /// <summary>Clients that are told of no broker forget the ones they knew, and some of librdkafka's never find back.</summary>
    [Fact]
    public async Task An_agent_answers_nobody_before_it_has_joined()
    {
        await using var cluster = new InProcessCluster();
        var first = await cluster.StartAgentAsync();
        var (node, address) = (first.NodeId, first.EndPoint);
        await first.StopAsync(); // says goodbye: by the log nobody lives
        await first.DisposeAsync();
        var gate = new GatedLog(cluster.Log);
        gate.Close();
        var starting = cluster.StartAgentAsync(InProcessCluster.Quick with { Listen = new HostPort("127.0.0.1", address.Port) }, log: gate);
        await gate.AppendWaitsAsync().WaitAsync(Patience);

        await using var client = await WireClient.ConnectAsync(address);
        var answer = client.SendAsync(new MetadataRequest { Topics = [] }, 9);
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromSeconds(1))); // long enough for a wrong answer to come
        gate.Open();

        var broker = Assert.Single((await answer.WaitAsync(Patience)).Brokers);
        Assert.Equal((node, address.Port), (broker.NodeId, broker.Port));
        await starting;
    }

    [Fact]
    public async Task An_agent_whose_session_is_over_names_itself_where_there_is_no_other()
    {
        await using var cluster = new InProcessCluster();
        var gate = new GatedLog(cluster.Log);
        var quickToDie = InProcessCluster.Quick with { SessionTimeout = TimeSpan.FromSeconds(1) };
        var stalling = await cluster.StartAgentAsync(quickToDie, log: gate);
        var witness = await cluster.StartAgentAsync(quickToDie);
        await using var client = await InProcessCluster.ConnectAsync(stalling);
        var node = stalling.NodeId;
        gate.Close();
        await Eventually.HoldsAsync(() => witness.View.Agents.Count == 1, "the stalled session ends");
        await witness.StopAsync();

        await Eventually.HoldsAsync(() => stalling.View.Agents.Count == 0, "the agent hears that nobody lives by the log");
        var broker = Assert.Single((await client.SendAsync(new MetadataRequest { Topics = [] })).Brokers);
        Assert.Equal((node, stalling.EndPoint.Port), (broker.NodeId, broker.Port));
        gate.Open();
    }

    private sealed class StoreSwitch : IObjectStoreFaults
    {
        public volatile bool IsAway;

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key) => IsAway ? new(ObjectStoreFaultKind.FailBefore) : ObjectStoreFault.None;
    }

    private sealed class LogSwitch : ILogFaults
    {
        public volatile LogOutcome Appends;
        public volatile LogOutcome Ends;

        public LogFault Next(LogCall call) => call switch
        {
            LogCall.Append => new(Appends),
            LogCall.End => new(Ends),
            _ => default,
        };
    }
}
