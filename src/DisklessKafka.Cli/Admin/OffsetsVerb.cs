using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Moves and deletes what a group has committed.</summary>
internal static class OffsetsVerb
{
    private const short CommitVersion = 8, DeleteVersion = 0;

    /// <summary>As Kafka's own tool, it only tells the plan unless it is to <paramref name="execute"/> it, and needs a group without members.</summary>
    public static async Task<Report> ResetAsync(AdminClient client, string group, IReadOnlyList<PartitionSelection> topics, OffsetTarget target, bool execute)
    {
        if (await GroupFacts.FindAsync(client, group) is { IsEmpty: false } busy) throw new AdminException($"{group}: the group has members (it is {busy.State}); stop them first");
        var plan = new List<Move>();
        var committed = await GroupFacts.CommittedAsync(client, group);
        foreach (var topic in Merge(topics)) plan.AddRange(await PlanAsync(client, topic, committed, target));
        if (execute) await CommitAsync(client, group, plan);
        return new(
            new { Group = group, Executed = execute, Offsets = plan },
            [
                .. plan.Select(move => $"{move.Topic}/{move.Partition}: from {move.From?.ToString() ?? "nothing"} to {move.To}{(move.To == move.Wanted ? "" : $", the nearest to {move.Wanted}")}"),
                execute ? $"reset {group}" : "nothing was changed; --execute does it",
            ]);
    }

    public static async Task DeleteAsync(AdminClient client, string group, IReadOnlyList<PartitionSelection> topics)
    {
        var request = new OffsetDeleteRequest { GroupId = new GroupId(group) };
        foreach (var topic in Merge(topics))
            request.Topics.Add(new()
            {
                Name = new TopicName(topic.Topic),
                Partitions = (await TopicMap.PartitionsAsync(client, topic)).ConvertAll(partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = partition }),
            });
        var response = await client.SendAsync(request, DeleteVersion);
        response.ErrorCode.ThrowUnlessNone(group);
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions)
                partition.ErrorCode.ThrowUnlessNone(
                    $"{topic.Name}/{partition.PartitionIndex}", partition.ErrorCode == ErrorCode.GroupSubscribedToTopic ? $"{group} still reads the topic; stop its members first" : null);
        foreach (var topic in response.Topics) Console.WriteLine($"deleted what {group} committed for {topic.Name}/{string.Join(',', topic.Partitions.Select(partition => partition.PartitionIndex))}");
    }

    private static async Task<IEnumerable<Move>> PlanAsync(AdminClient client, PartitionSelection topic, IReadOnlyDictionary<(string Topic, int Partition), long> committed, OffsetTarget target)
    {
        var partitions = await TopicMap.PartitionsAsync(client, topic);
        var starts = await TopicMap.OffsetsAsync(client, topic.Topic, partitions, TopicMap.Earliest);
        var ends = await TopicMap.OffsetsAsync(client, topic.Topic, partitions, TopicMap.Latest);
        var found = target.LookupMs is { } ms ? await TopicMap.OffsetsAsync(client, topic.Topic, partitions, ms) : [];
        return partitions.Select(partition =>
        {
            long? from = committed.TryGetValue((topic.Topic, partition), out var offset) ? offset : null;
            var facts = new OffsetFacts(from, starts[partition], ends[partition], found.GetValueOrDefault(partition, -1));
            var wanted = target.Wanted(facts) ?? throw new AdminException($"{topic.Topic}/{partition}: nothing is committed, so there is nothing to shift; use --to-offset");
            return new Move(topic.Topic, partition, from, wanted, facts.Nearest(wanted));
        });
    }

    private static async Task CommitAsync(AdminClient client, string group, List<Move> plan)
    {
        var response = await client.SendAsync(
            new OffsetCommitRequest
            {
                GroupId = new GroupId(group), GenerationIdOrMemberEpoch = -1, MemberId = "",
                Topics =
                [
                    .. plan.GroupBy(move => move.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                    {
                        Name = new TopicName(topic.Key),
                        Partitions = [.. topic.Select(move => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = move.Partition, CommittedOffset = move.To, CommittedMetadata = "" })],
                    }),
                ],
            }, CommitVersion);
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions)
                partition.ErrorCode.ThrowUnlessNone(
                    $"{topic.Name}/{partition.PartitionIndex}", partition.ErrorCode == ErrorCode.UnknownMemberId ? $"{group} has got members meanwhile; stop them first" : null);
    }

    /// <summary>A topic that is named twice is asked about once.</summary>
    private static IEnumerable<PartitionSelection> Merge(IEnumerable<PartitionSelection> topics) => topics.GroupBy(topic => topic.Topic).Select(same =>
        new PartitionSelection(same.Key, same.Any(each => each.Partitions is null) ? null : [.. same.SelectMany(each => each.Partitions!).Distinct().Order()]));

    private sealed record Move(string Topic, int Partition, long? From, long Wanted, long To);
}
