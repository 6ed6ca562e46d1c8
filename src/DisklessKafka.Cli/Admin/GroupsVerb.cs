using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Lists, describes and deletes consumer groups.</summary>
internal static class GroupsVerb
{
    private const short ListVersion = 5, DescribeVersion = 5, FetchVersion = 7, OffsetsVersion = 6, DeleteVersion = 2;
    private const long Latest = -1;

    public static async Task ListAsync(AdminClient client)
    {
        var response = await client.SendAsync(new ListGroupsRequest(), ListVersion);
        response.ErrorCode.ThrowUnlessNone("groups");
        foreach (var group in response.Groups.OrderBy(group => group.GroupId)) Console.WriteLine($"{group.GroupId}  {group.GroupState}");
    }

    public static async Task DescribeAsync(AdminClient client, string name)
    {
        var group = (await client.SendAsync(new DescribeGroupsRequest { Groups = [new GroupId(name)] }, DescribeVersion)).Groups[0];
        group.ErrorCode.ThrowUnlessNone(name, group.ErrorMessage);
        Console.WriteLine($"{name}: {group.GroupState}{(group.ProtocolData.Length > 0 ? $", {group.ProtocolType}, {group.ProtocolData}" : "")}");
        foreach (var member in group.Members)
            Console.WriteLine($"  member {member.MemberId} ({member.ClientId} at {member.ClientHost}): {Assigned(member.MemberAssignment)}");
        var committed = await client.SendAsync(new OffsetFetchRequest { GroupId = new GroupId(name), Topics = null }, FetchVersion);
        committed.ErrorCode.ThrowUnlessNone(name);
        foreach (var topic in committed.Topics)
        {
            var ends = await EndsAsync(client, topic.Name, topic.Partitions.ConvertAll(partition => partition.PartitionIndex));
            foreach (var partition in topic.Partitions)
                Console.WriteLine($"  {topic.Name}/{partition.PartitionIndex}: at {partition.CommittedOffset} of {ends[partition.PartitionIndex]}, lag {Math.Max(0, ends[partition.PartitionIndex] - partition.CommittedOffset)}");
        }
    }

    public static async Task DeleteAsync(AdminClient client, string name)
    {
        var result = (await client.SendAsync(new DeleteGroupsRequest { GroupsNames = [new GroupId(name)] }, DeleteVersion)).Results[0];
        result.ErrorCode.ThrowUnlessNone(name, result.ErrorCode == ErrorCode.NonEmptyGroup ? "the group has members; stop them first" : null);
        Console.WriteLine($"deleted {name}");
    }

    private static async Task<Dictionary<int, long>> EndsAsync(AdminClient client, TopicName topic, List<int> partitions)
    {
        var response = await client.SendAsync(
            new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = topic, Partitions = [.. partitions.Select(partition => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition, Timestamp = Latest })] }],
            }, OffsetsVersion);
        return response.Topics[0].Partitions.ToDictionary(partition => partition.PartitionIndex, partition => partition.Offset);
    }

    /// <summary>What consumers are assigned; other types of groups keep it to themselves.</summary>
    private static string Assigned(byte[] assignment)
    {
        try
        {
            var reader = new WireReader(new ReadOnlySequence<byte>(assignment), assignment.Length * 16L);
            var version = reader.ReadInt16();
            var topics = ConsumerProtocolAssignment.Read(ref reader, Math.Min(version, (short)3)).AssignedPartitions;
            return string.Join(", ", topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Topic}/{partition}")));
        }
        catch (WireFormatException)
        {
            return $"{assignment.Length} bytes";
        }
    }
}
