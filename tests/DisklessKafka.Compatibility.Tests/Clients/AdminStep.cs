using System.Text.Json.Serialization;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>One call of an admin client; the fields that a verb does not use stay null.</summary>
internal sealed record AdminStep([property: JsonPropertyName("verb")] string Verb)
{
    [JsonPropertyName("topic")]
    public string? Topic { get; init; }

    [JsonPropertyName("partition")]
    public int? Partition { get; init; }

    [JsonPropertyName("partitions")]
    public int? Partitions { get; init; }

    [JsonPropertyName("count")]
    public int? Count { get; init; }

    [JsonPropertyName("before")]
    public long? Before { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("value")]
    public string? Value { get; init; }

    [JsonPropertyName("configs")]
    public Dictionary<string, string>? Configs { get; init; }

    public static AdminStep CreateTopic(string topic, int partitions, Dictionary<string, string>? configs = null) =>
        new("createTopic") { Topic = topic, Partitions = partitions, Configs = configs };

    public static AdminStep CreatePartitions(string topic, int count) => new("createPartitions") { Topic = topic, Count = count };

    public static AdminStep CountPartitions(string topic) => new("countPartitions") { Topic = topic };

    public static AdminStep DescribeConfigs(string topic) => new("describeConfigs") { Topic = topic };

    public static AdminStep AlterConfig(string topic, string name, string value) => new("alterConfig") { Topic = topic, Name = name, Value = value };

    public static AdminStep ListOffsets(string topic, int partition) => new("listOffsets") { Topic = topic, Partition = partition };

    public static AdminStep DeleteRecords(string topic, int partition, long before) =>
        new("deleteRecords") { Topic = topic, Partition = partition, Before = before };

    public static AdminStep DescribeCluster() => new("describeCluster");

    public static AdminStep DeleteTopic(string topic) => new("deleteTopic") { Topic = topic };

    public static AdminStep ListTopics() => new("listTopics");
}

/// <summary>What a step brought; an expected failure is a result too.</summary>
internal sealed record AdminResult
{
    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("partitions")]
    public int? Partitions { get; init; }

    [JsonPropertyName("configs")]
    public Dictionary<string, string?>? Configs { get; init; }

    [JsonPropertyName("earliest")]
    public long? Earliest { get; init; }

    [JsonPropertyName("latest")]
    public long? Latest { get; init; }

    [JsonPropertyName("brokers")]
    public List<string>? Brokers { get; init; }

    [JsonPropertyName("controller")]
    public int? Controller { get; init; }

    [JsonPropertyName("clusterId")]
    public string? ClusterId { get; init; }

    [JsonPropertyName("topics")]
    public List<string>? Topics { get; init; }
}
