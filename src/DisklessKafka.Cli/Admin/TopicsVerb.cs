using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Creates, lists, describes, alters and deletes topics.</summary>
internal static class TopicsVerb
{
    private const int TimeoutMs = 30_000;
    private const short CreateVersion = 7, DeleteVersion = 5, PartitionsVersion = 3, ConfigsVersion = 4;
    private const sbyte TopicResource = 2, TopicSource = 1;

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

    public static async Task<Report> ListAsync(AdminClient client) => Report.Of(
        (await TopicMap.AllAsync(client)).ConvertAll(topic => new { Name = topic.Name!.Value.Value, Partitions = topic.Partitions.Count, topic.IsInternal }),
        topic => topic.Name);

    public static async Task<Report> DescribeAsync(AdminClient client, string name)
    {
        var topic = await TopicMap.FindAsync(client, name);
        var described = await client.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = TopicResource, ResourceName = name, ConfigurationKeys = null }] }, ConfigsVersion);
        described.Results[0].ErrorCode.ThrowUnlessNone(name, described.Results[0].ErrorMessage);
        var configs = described.Results[0].Configs.Where(config => config.ConfigSource == TopicSource).ToDictionary(config => config.Name, config => config.Value);
        var partitions = topic.Partitions.OrderBy(partition => partition.PartitionIndex)
            .Select(partition => new { Partition = partition.PartitionIndex, Leader = partition.LeaderId, Replicas = partition.ReplicaNodes }).ToList();
        return new(
            new { Name = name, Configs = configs, Partitions = partitions },
            [
                $"{name}: {partitions.Count} partitions",
                .. configs.Select(config => $"  {config.Key}={config.Value}"),
                .. partitions.Select(partition => $"  partition {partition.Partition}: leader {partition.Leader}"),
            ]);
    }

    public static async Task AlterAsync(AdminClient client, string name, int partitions)
    {
        var response = await client.SendAsync(new CreatePartitionsRequest { TimeoutMs = TimeoutMs, Topics = [new() { Name = new TopicName(name), Count = partitions, Assignments = null }] }, PartitionsVersion);
        response.Results[0].ErrorCode.ThrowUnlessNone(name, response.Results[0].ErrorMessage);
        Console.WriteLine($"altered {name}: {partitions} partitions");
    }

    public static async Task DeleteAsync(AdminClient client, string name)
    {
        var response = await client.SendAsync(new DeleteTopicsRequest { TimeoutMs = TimeoutMs, TopicNames = [new TopicName(name)] }, DeleteVersion);
        response.Responses[0].ErrorCode.ThrowUnlessNone(name, response.Responses[0].ErrorMessage);
        Console.WriteLine($"deleted {name}");
    }
}
