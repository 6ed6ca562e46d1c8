using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Groups;

/// <summary>A member of a consumer group that does what it is told, one heartbeat at a time.</summary>
internal sealed class ConsumerClient(WireClient client, string id, string group = "g")
{
    public int Epoch { get; private set; }

    public int IntervalMs { get; private set; }

    /// <summary>What it has been assigned last.</summary>
    public List<(TopicId Topic, int Partition)> Owned { get; private set; } = [];

    public async Task<List<(TopicId Topic, int Partition)>> JoinAsync(string? topic = null, string? regex = null)
    {
        Assert.Equal(ErrorCode.None, await JoinErrorAsync(topic, regex));
        return Owned;
    }

    public Task<ErrorCode> JoinErrorAsync(string? topic = null, string? regex = null) => SendAsync(client, new()
    {
        GroupId = new GroupId(group), MemberId = id, MemberEpoch = 0, RebalanceTimeoutMs = 60_000, TopicPartitions = [],
        SubscribedTopicNames = topic is null ? null : [new TopicName(topic)], SubscribedTopicRegex = regex,
    });

    /// <summary>Says what it holds, and takes what it is given.</summary>
    public Task<ErrorCode> BeatAsync(WireClient? through = null) => SendAsync(through ?? client, new()
    {
        GroupId = new GroupId(group), MemberId = id, MemberEpoch = Epoch,
        TopicPartitions = [.. Owned.GroupBy(each => each.Topic).Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = topic.Key, Partitions = [.. topic.Select(each => each.Partition)] })],
    });

    public Task<ErrorCode> LeaveAsync() => SendAsync(client, new() { GroupId = new GroupId(group), MemberId = id, MemberEpoch = -1 });

    private async Task<ErrorCode> SendAsync(WireClient through, ConsumerGroupHeartbeatRequest request)
    {
        var response = await through.SendAsync(request);
        if (response.ErrorCode != ErrorCode.None) return response.ErrorCode;
        (Epoch, IntervalMs) = (response.MemberEpoch, response.HeartbeatIntervalMs);
        if (response.Assignment is { } assignment) Owned = [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.TopicId, partition)))];
        return ErrorCode.None;
    }
}
