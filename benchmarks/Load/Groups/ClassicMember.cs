using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Groups;

/// <summary>A member of a consumer group, with a connection of its own.</summary>
internal sealed class ClassicMember : IAsyncDisposable
{
    private const int SessionTimeoutMs = 600_000, RebalanceTimeoutMs = 60_000; // a crowd may take long to gather
    private const string ProtocolType = "consumer", Protocol = "range";
    private const short JoinVersion = 9, SyncVersion = 5;

    private readonly WireClient _client;
    private readonly GroupId _group;
    private readonly string _topic;
    private string _id = "";
    private int _generation = -1;
    private byte _joins;
    private List<JoinGroupResponse.JoinGroupResponseMember> _followers = [];

    private ClassicMember(WireClient client, GroupId group, string topic, int partitions) => (_client, _group, _topic, Partitions) = (client, group, topic, partitions);

    /// <summary>Of the topic.</summary>
    public int Partitions { get; }

    public bool IsLeader => _followers.Count > 0;

    /// <summary>How many partitions it got.</summary>
    public int Assigned { get; private set; }

    public static async Task<ClassicMember> ConnectAsync(string bootstrap, GroupId group, string topic, int partitions) =>
        new(await Topics.ConnectAsync(bootstrap), group, topic, partitions);

    /// <summary>Joins as clients do: once more with the id that it is given. Says something new each time, so that no join is taken for a repetition.</summary>
    public async Task JoinAsync()
    {
        var request = JoinOf(_group, Subscription(_topic, _joins++));
        request.MemberId = _id;
        var response = await _client.SendAsync(request, JoinVersion);
        if (response.ErrorCode == ErrorCode.MemberIdRequired)
        {
            request.MemberId = response.MemberId;
            response = await _client.SendAsync(request, JoinVersion);
        }

        Check(response.ErrorCode, "JoinGroup");
        (_id, _generation, _followers) = (response.MemberId, response.GenerationId, response.Members);
    }

    /// <summary>Gets its assignment; the leader makes it.</summary>
    public async Task SyncAsync()
    {
        var request = new SyncGroupRequest { GroupId = _group, MemberId = _id, GenerationId = _generation, ProtocolType = ProtocolType, ProtocolName = Protocol };
        for (var i = 0; i < _followers.Count; i++)
            request.Assignments.Add(new() { MemberId = _followers[i].MemberId, Assignment = AssignmentOf(i) });
        var response = await _client.SendAsync(request, SyncVersion);
        Check(response.ErrorCode, "SyncGroup");
        var reader = new WireReader(new ReadOnlySequence<byte>(response.Assignment), WireReader.UnlimitedMemory);
        var version = reader.ReadInt16();
        Assigned = ConsumerProtocolAssignment.Read(ref reader, version).AssignedPartitions.Sum(topic => topic.Partitions.Count);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    public static JoinGroupRequest JoinOf(GroupId group, byte[] subscription) => new()
    {
        GroupId = group, SessionTimeoutMs = SessionTimeoutMs, RebalanceTimeoutMs = RebalanceTimeoutMs, ProtocolType = ProtocolType,
        Protocols = [new() { Name = Protocol, Metadata = subscription }],
    };

    public static byte[] Subscription(string topic, byte userData) => Encode(new ConsumerProtocolSubscription { Topics = [topic], UserData = new byte[] { userData } }, 1);

    public static void Check(ErrorCode error, string request)
    {
        if (error != ErrorCode.None) throw new InvalidOperationException($"{request} was answered with {error}");
    }

    private byte[] AssignmentOf(int place)
    {
        var (from, to) = (Partitions * place / _followers.Count, Partitions * (place + 1) / _followers.Count);
        return Encode(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = new TopicName(_topic), Partitions = [.. Enumerable.Range(from, to - from)] }] }, 1);
    }

    private static byte[] Encode(IMessage message, short version)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt16(version);
        message.Write(ref writer, version);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
