using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Which topics and partitions there are, and which offsets they have.</summary>
internal static class TopicMap
{
    public const long Latest = -1, Earliest = -2;
    private const short MetadataVersion = 9, OffsetsVersion = 6;

    /// <returns>In the order of their names.</returns>
    public static async Task<List<MetadataResponse.MetadataResponseTopic>> AllAsync(AdminClient client) => await AskAsync(client, null);

    /// <exception cref="AdminException">There is no such topic.</exception>
    public static async Task<MetadataResponse.MetadataResponseTopic> FindAsync(AdminClient client, string name)
    {
        var topic = (await AskAsync(client, name))[0];
        topic.ErrorCode.ThrowUnlessNone(name);
        return topic;
    }

    /// <exception cref="AdminException">There is no such topic, or it lacks one of the partitions.</exception>
    public static async Task<List<int>> PartitionsAsync(AdminClient client, PartitionSelection selection)
    {
        var there = (await FindAsync(client, selection.Topic)).Partitions.Select(partition => partition.PartitionIndex).Order().ToList();
        foreach (var partition in selection.Partitions?.Except(there) ?? [])
            throw new AdminException($"{selection.Topic}/{partition}: there is no such partition; {selection.Topic} has {there.Count}");
        return selection.Partitions?.ToList() ?? there;
    }

    /// <param name="timestamp">Milliseconds, or one of the ends.</param>
    /// <returns>By partition; -1 if no record is as young.</returns>
    public static async Task<Dictionary<int, long>> OffsetsAsync(AdminClient client, string topic, IEnumerable<int> partitions, long timestamp)
    {
        var response = await client.SendAsync(
            new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = new TopicName(topic), Partitions = [.. partitions.Select(partition => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition, Timestamp = timestamp })] }],
            }, OffsetsVersion);
        foreach (var partition in response.Topics[0].Partitions) partition.ErrorCode.ThrowUnlessNone($"{topic}/{partition.PartitionIndex}");
        return response.Topics[0].Partitions.ToDictionary(partition => partition.PartitionIndex, partition => partition.Offset);
    }

    private static async Task<List<MetadataResponse.MetadataResponseTopic>> AskAsync(AdminClient client, string? name)
    {
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = name is null ? null : [new() { Name = new TopicName(name) }] };
        return [.. (await client.SendAsync(request, MetadataVersion)).Topics.OrderBy(topic => topic.Name?.Value, StringComparer.Ordinal)];
    }
}
