using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Lists, describes and deletes groups.</summary>
internal static class GroupsVerb
{
    private const short ListVersion = 5, DeleteVersion = 2;

    public static async Task<Report> ListAsync(AdminClient client)
    {
        var groups = new SortedDictionary<string, Listed>(StringComparer.Ordinal); // some brokers list the same ones
        foreach (var broker in await client.EveryBrokerAsync())
        {
            var response = await broker.SendAsync(new ListGroupsRequest(), ListVersion);
            response.ErrorCode.ThrowUnlessNone("groups");
            foreach (var group in response.Groups) groups[group.GroupId.Value] = new(group.GroupId.Value, group.GroupState, group.GroupType);
        }

        return Report.Of([.. groups.Values], group => $"{group.Name}  {group.State}");
    }

    public static async Task<Report> DescribeAsync(AdminClient client, string name)
    {
        var group = await GroupFacts.FindAsync(client, name);
        if (group is null) ErrorCode.GroupIdNotFound.ThrowUnlessNone(name);
        var offsets = new List<Progress>();
        foreach (var topic in (await GroupFacts.CommittedAsync(client, name)).GroupBy(committed => committed.Key.Topic).OrderBy(topic => topic.Key, StringComparer.Ordinal))
        {
            var ends = await TopicMap.OffsetsAsync(client, topic.Key, topic.Select(committed => committed.Key.Partition), TopicMap.Latest);
            offsets.AddRange(topic.OrderBy(committed => committed.Key.Partition).Select(committed => new Progress(
                topic.Key, committed.Key.Partition, committed.Value, ends[committed.Key.Partition], Math.Max(0, ends[committed.Key.Partition] - committed.Value))));
        }

        return new(
            new { Name = name, group!.Type, group.State, group.Protocol, group.Members, Offsets = offsets },
            [
                $"{name}: {group.State}, {group.Type}{(group.Protocol.Length > 0 ? $", {group.Protocol}" : "")}",
                .. group.Members.Select(member => $"  member {member.Id} ({member.ClientId} at {member.Host}): {(member.Assigned is { } assigned ? string.Join(", ", assigned) : "(cannot be read)")}"),
                .. offsets.Select(at => $"  {at.Topic}/{at.Partition}: at {at.Offset} of {at.End}, lag {at.Lag}"),
            ]);
    }

    public static async Task DeleteAsync(AdminClient client, string name)
    {
        var result = (await client.SendAsync(new DeleteGroupsRequest { GroupsNames = [new GroupId(name)] }, DeleteVersion)).Results[0];
        result.ErrorCode.ThrowUnlessNone(name);
        Console.WriteLine($"deleted {name}");
    }

    private sealed record Listed(string Name, string State, string Type);

    private sealed record Progress(string Topic, int Partition, long Offset, long End, long Lag);
}
