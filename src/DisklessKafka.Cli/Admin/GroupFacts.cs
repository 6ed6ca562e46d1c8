using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>A group of either protocol: what kind it is, its state and its members.</summary>
internal sealed record GroupFacts(string Type, string State, string Protocol, IReadOnlyList<GroupFacts.Member> Members)
{
    private const short ClassicVersion = 6, ConsumerVersion = 1, FetchVersion = 7;

    /// <summary>No member holds it, so it may be moved and deleted.</summary>
    public bool IsEmpty => State is "Empty" or "Dead";

    /// <returns>Null if there is no such group.</returns>
    public static async Task<GroupFacts?> FindAsync(AdminClient client, string name)
    {
        var group = (await client.SendAsync(new DescribeGroupsRequest { Groups = [new GroupId(name)] }, ClassicVersion)).Groups[0];
        if (group.ErrorCode == ErrorCode.GroupIdNotFound || (group.ErrorCode == ErrorCode.None && group.GroupState == "Dead")) return await FindConsumerAsync(client, name);
        group.ErrorCode.ThrowUnlessNone(name, group.ErrorMessage);
        return new("classic", group.GroupState, group.ProtocolData, group.Members.ConvertAll(member => new Member(member.MemberId, member.ClientId, member.ClientHost, Assigned(member.MemberAssignment))));
    }

    /// <summary>All that the group has committed.</summary>
    public static async Task<IReadOnlyDictionary<(string Topic, int Partition), long>> CommittedAsync(AdminClient client, string name)
    {
        var response = await client.SendAsync(new OffsetFetchRequest { GroupId = new GroupId(name), Topics = null }, FetchVersion);
        response.ErrorCode.ThrowUnlessNone(name);
        var committed = new Dictionary<(string, int), long>();
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions.Where(partition => partition.CommittedOffset >= 0))
                committed[(topic.Name.Value, partition.PartitionIndex)] = partition.CommittedOffset;
        return committed;
    }

    private static async Task<GroupFacts?> FindConsumerAsync(AdminClient client, string name)
    {
        if (!client.Serves(ApiKey.ConsumerGroupDescribe)) return null;
        var group = (await client.SendAsync(new ConsumerGroupDescribeRequest { GroupIds = [new GroupId(name)] }, ConsumerVersion)).Groups[0];
        if (group.ErrorCode == ErrorCode.GroupIdNotFound) return null;
        group.ErrorCode.ThrowUnlessNone(name, group.ErrorMessage);
        return new("consumer", group.GroupState, group.AssignorName, group.Members.ConvertAll(member => new Member(
            member.MemberId, member.ClientId, member.ClientHost,
            [.. member.Assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.TopicName}/{partition}"))])));
    }

    /// <summary>What consumers are assigned; other types of groups keep it to themselves.</summary>
    private static IReadOnlyList<string>? Assigned(byte[] assignment)
    {
        if (assignment.Length == 0) return [];
        try
        {
            var reader = new WireReader(new ReadOnlySequence<byte>(assignment), assignment.Length * 16L);
            var version = reader.ReadInt16();
            var topics = ConsumerProtocolAssignment.Read(ref reader, Math.Min(version, (short)3)).AssignedPartitions;
            return [.. topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Topic}/{partition}"))];
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    /// <param name="Assigned">TOPIC/PARTITION; null if it is not for us to read.</param>
    internal sealed record Member(string Id, string ClientId, string Host, IReadOnlyList<string>? Assigned);
}
