using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Groups;

/// <summary>A member of a classic group, one request at a time.</summary>
internal sealed class GroupClient(WireClient client, string group = "g")
{
    public string MemberId { get; private set; } = "";

    public int Generation { get; private set; } = -1;

    public string? InstanceId { get; init; }

    public int SessionTimeoutMs { get; init; } = 30_000;

    /// <summary>What it says that it reads; null for a member that says something only its like understand.</summary>
    public string? Topic { get; init; }

    /// <summary>Joins as clients do: once more with the id that it is given. Completes when the rebalance does.</summary>
    public async Task<JoinGroupResponse> JoinAsync(WireClient? through = null, int metadata = 0)
    {
        var response = await SendAsync();
        if (response.ErrorCode == ErrorCode.MemberIdRequired)
        {
            MemberId = response.MemberId;
            response = await SendAsync();
        }

        if (response.ErrorCode == ErrorCode.None) (MemberId, Generation) = (response.MemberId, response.GenerationId);
        return response;

        Task<JoinGroupResponse> SendAsync() => (through ?? client).SendAsync(new JoinGroupRequest
        {
            GroupId = new GroupId(group), MemberId = MemberId, GroupInstanceId = InstanceId, ProtocolType = "consumer",
            SessionTimeoutMs = SessionTimeoutMs, RebalanceTimeoutMs = 60_000, Protocols = [new() { Name = "range", Metadata = Topic is null ? [0, (byte)metadata] : Subscription(Topic) }],
        });
    }

    private static byte[] Subscription(string topic)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt16(0);
        new ConsumerProtocolSubscription { Topics = [topic] }.Write(ref writer, 0);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public Task<SyncGroupResponse> SyncAsync(WireClient? through = null, params (string Member, byte Value)[] assignments) => (through ?? client).SendAsync(new SyncGroupRequest
    {
        GroupId = new GroupId(group), MemberId = MemberId, GenerationId = Generation, GroupInstanceId = InstanceId,
        Assignments = [.. assignments.Select(each => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = each.Member, Assignment = [each.Value] })],
    });

    public async Task<ErrorCode> HeartbeatAsync(WireClient? through = null) => (await (through ?? client).SendAsync(new HeartbeatRequest
    {
        GroupId = new GroupId(group), MemberId = MemberId, GenerationId = Generation, GroupInstanceId = InstanceId,
    })).ErrorCode;

    public async Task<ErrorCode> CommitAsync(string topic, long offset, WireClient? through = null) => (await (through ?? client).SendAsync(
        new OffsetCommitRequest
        {
            GroupId = new GroupId(group), MemberId = MemberId, GenerationIdOrMemberEpoch = Generation, GroupInstanceId = InstanceId,
            Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "here" }] }],
        }, 9)).Topics[0].Partitions[0].ErrorCode;

    public async Task<LeaveGroupResponse> LeaveAsync() => await client.SendAsync(new LeaveGroupRequest
    {
        GroupId = new GroupId(group), Members = [new() { MemberId = MemberId }],
    });
}
