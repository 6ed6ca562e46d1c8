using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Creates, lists, describes and deletes topics.</summary>
internal static class TopicsVerb
{
    private const int TimeoutMs = 30_000;
    private const short CreateVersion = 7, DeleteVersion = 5, MetadataVersion = 9, ConfigsVersion = 4;
    private const sbyte TopicResource = 2;

    public static async Task CreateAsync(AdminClient client, string name, int partitions, short replicationFactor, IReadOnlyList<(string Key, string Value)> configs, bool ifNotExists)
    {
        var response = await client.SendAsync(
            new CreateTopicsRequest
            {
                TimeoutMs = TimeoutMs,
                Topics =
                [
                    new()
                    {
                        Name = new TopicName(name), NumPartitions = partitions, ReplicationFactor = replicationFactor,
                        Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })],
                    },
                ],
            }, CreateVersion);
        var topic = response.Topics[0];
        if (ifNotExists && topic.ErrorCode == ErrorCode.TopicAlreadyExists) return;
        topic.ErrorCode.ThrowUnlessNone(name, topic.ErrorMessage);
        Console.WriteLine($"created {name}");
    }

    public static async Task ListAsync(AdminClient client)
    {
        foreach (var topic in await MetadataAsync(client, null)) Console.WriteLine(topic.Name?.Value);
    }

    public static async Task DescribeAsync(AdminClient client, string name)
    {
        var topic = (await MetadataAsync(client, name))[0];
        topic.ErrorCode.ThrowUnlessNone(name);
        Console.WriteLine($"{name}: {topic.Partitions.Count} partitions");
        var configs = await client.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = TopicResource, ResourceName = name, ConfigurationKeys = null }] }, ConfigsVersion);
        configs.Results[0].ErrorCode.ThrowUnlessNone(name, configs.Results[0].ErrorMessage);
        foreach (var config in configs.Results[0].Configs.Where(config => config.ConfigSource == 1)) Console.WriteLine($"  {config.Name}={config.Value}");
        foreach (var partition in topic.Partitions.OrderBy(partition => partition.PartitionIndex)) Console.WriteLine($"  partition {partition.PartitionIndex}: leader {partition.LeaderId}");
    }

    public static async Task DeleteAsync(AdminClient client, string name)
    {
        var response = await client.SendAsync(new DeleteTopicsRequest { TimeoutMs = TimeoutMs, TopicNames = [new TopicName(name)] }, DeleteVersion);
        response.Responses[0].ErrorCode.ThrowUnlessNone(name, response.Responses[0].ErrorMessage);
        Console.WriteLine($"deleted {name}");
    }

    private static async Task<List<MetadataResponse.MetadataResponseTopic>> MetadataAsync(AdminClient client, string? name)
    {
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = name is null ? null : [new() { Name = new TopicName(name) }] };
        return [.. (await client.SendAsync(request, MetadataVersion)).Topics.OrderBy(topic => topic.Name?.Value, StringComparer.Ordinal)];
    }
}
