using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DisklessKafka.Peers;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>Confluent.Kafka over the newest librdkafka.</summary>
internal sealed class ConfluentClient : KafkaClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public ConfluentClient() => Librdkafka.Load();

    public override string Name => "confluent";

    public override async Task<long?> ProduceAsync(string bootstrap, string topic, int partition, string compression, bool idempotent, IReadOnlyList<ClientRecord> records)
    {
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
        {
            BootstrapServers = bootstrap,
            Acks = Acks.All,
            EnableIdempotence = idempotent,
            LingerMs = 50,
            MessageTimeoutMs = (int)Limit.TotalMilliseconds,
            CompressionType = Enum.Parse<CompressionType>(compression, ignoreCase: true),
        }).Build();
        var place = new TopicPartition(topic, partition);
        var sent = records.Select(record => producer.ProduceAsync(place, ToMessage(record))).ToArray();
        var results = await Task.WhenAll(sent);
        return results[0].Offset.Value;
    }

    public override Task<IReadOnlyList<ClientRecord>> ConsumeAsync(string bootstrap, string topic, int partition, StartingPoint start, int count)
    {
        using var consumer = BuildConsumer(bootstrap);
        var place = new TopicPartition(topic, partition);
        var offset = start.Offset is { } given
            ? new Offset(given)
            : consumer.OffsetsForTimes([new(place, new Timestamp(start.Timestamp!.Value, TimestampType.CreateTime))], Limit)[0].Offset;
        consumer.Assign(new TopicPartitionOffset(place, offset));
        var records = new List<ClientRecord>(count);
        while (records.Count < count)
        {
            var result = consumer.Consume(Limit) ?? throw new TimeoutException($"only {records.Count} of {count} records came from {topic} within {Limit}");
            records.Add(ToRecord(result));
        }

        return Task.FromResult<IReadOnlyList<ClientRecord>>(records);
    }

    public override Task<IReadOnlyList<string>> ConsumeInGroupAsync(string bootstrap, string topic, string group, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = bootstrap, GroupId = group, EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();
        consumer.Subscribe(topic);
        var values = new List<string>(count);
        while (values.Count < count)
            values.Add((consumer.Consume(Limit) ?? throw new TimeoutException($"only {values.Count} of {count} records came to the group within {Limit}")).Message.Value);
        consumer.Commit();
        consumer.Close();
        return Task.FromResult<IReadOnlyList<string>>(values);
    }

    public override async Task<IReadOnlyList<AdminResult>> AdministerAsync(string bootstrap, params IReadOnlyList<AdminStep> steps)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        var results = new List<AdminResult>();
        foreach (var step in steps)
        {
            try
            {
                results.Add(await RunAsync(admin, step));
            }
            catch (KafkaException e)
            {
                results.Add(new AdminResult { Error = $"{e.GetType().Name}: {e.Message}" });
            }
        }

        return results;
    }

    private static async Task<AdminResult> RunAsync(IAdminClient admin, AdminStep step)
    {
        switch (step.Verb)
        {
            case "createTopic":
                await admin.CreateTopicsAsync([new TopicSpecification { Name = step.Topic, NumPartitions = step.Partitions!.Value, ReplicationFactor = 1, Configs = step.Configs }]);
                return new AdminResult();
            case "createPartitions":
                await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = step.Topic, IncreaseTo = step.Count!.Value }]);
                return new AdminResult();
            case "countPartitions":
                var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([step.Topic]));
                return new AdminResult { Partitions = described.TopicDescriptions[0].Partitions.Count };
            case "describeConfigs":
                var configs = await admin.DescribeConfigsAsync([Resource(step)]);
                return new AdminResult { Configs = configs[0].Entries.ToDictionary(entry => entry.Key, entry => (string?)entry.Value.Value) };
            case "alterConfig":
                await admin.IncrementalAlterConfigsAsync(new() { [Resource(step)] = [new() { Name = step.Name, Value = step.Value, IncrementalOperation = AlterConfigOpType.Set }] });
                return new AdminResult();
            case "listOffsets":
                return new AdminResult { Earliest = await OffsetAsync(admin, step, OffsetSpec.Earliest()), Latest = await OffsetAsync(admin, step, OffsetSpec.Latest()) };
            case "deleteRecords":
                await admin.DeleteRecordsAsync([new TopicPartitionOffset(step.Topic, step.Partition!.Value, step.Before!.Value)]);
                return new AdminResult();
            case "describeCluster":
                var cluster = await admin.DescribeClusterAsync();
                return new AdminResult { Brokers = [.. cluster.Nodes.Select(node => $"{node.Host}:{node.Port}")], Controller = cluster.Controller.Id, ClusterId = cluster.ClusterId };
            case "deleteTopic":
                await admin.DeleteTopicsAsync([step.Topic]);
                return new AdminResult();
            case "listTopics":
                return new AdminResult { Topics = [.. admin.GetMetadata(Limit).Topics.Select(topic => topic.Topic)] };
            default:
                throw new ArgumentException($"unknown verb '{step.Verb}'", nameof(step));
        }
    }

    private static async Task<long> OffsetAsync(IAdminClient admin, AdminStep step, OffsetSpec spec)
    {
        var place = new TopicPartition(step.Topic, step.Partition!.Value);
        var result = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = place, OffsetSpec = spec }]);
        return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }

    private static ConfigResource Resource(AdminStep step) => new() { Type = ResourceType.Topic, Name = step.Topic };

    private static IConsumer<byte[]?, byte[]?> BuildConsumer(string bootstrap) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
    {
        BootstrapServers = bootstrap,
        GroupId = "none", // asked for by the library; without subscription and commits no group comes to be
        EnableAutoCommit = false,
        AutoOffsetReset = AutoOffsetReset.Error,
    }).Build();

    private static Message<byte[]?, byte[]?> ToMessage(ClientRecord record)
    {
        var headers = new Headers();
        foreach (var (name, value) in record.Headers)
            headers.Add(name, value);
        var timestamp = record.Timestamp is { } milliseconds ? new Timestamp(milliseconds, TimestampType.CreateTime) : Timestamp.Default;
        return new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Headers = headers, Timestamp = timestamp };
    }

    private static ClientRecord ToRecord(ConsumeResult<byte[]?, byte[]?> result) => new(
        result.Message.Key,
        result.Message.Value,
        [.. result.Message.Headers.Select(header => (header.Key, (byte[]?)header.GetValueBytes()))],
        result.Message.Timestamp.UnixTimestampMs,
        result.Offset.Value);
}
