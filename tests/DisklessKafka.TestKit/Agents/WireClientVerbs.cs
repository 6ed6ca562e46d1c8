using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.TestKit.Agents;

/// <summary>What tests do with a topic, in one line each. Errors come back; nothing is retried.</summary>
public static class WireClientVerbs
{
    /// <summary>Creates the topic and returns its id.</summary>
    public static async Task<TopicId> CreateTopicAsync(this WireClient client, string name, int partitions = 1, params (string Key, string Value)[] configs)
    {
        var response = await client.SendAsync(new CreateTopicsRequest
        {
            Topics =
            [
                new()
                {
                    Name = new TopicName(name), NumPartitions = partitions, ReplicationFactor = -1,
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })],
                },
            ],
            TimeoutMs = 10_000,
        });
        if (response.Topics[0].ErrorCode != ErrorCode.None) throw new InvalidOperationException($"{name}: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
        return response.Topics[0].TopicId;
    }

    /// <summary>One batch to one partition, by topic id.</summary>
    public static async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(this WireClient client, TopicId topic, int partition, byte[] batch, short acks = -1, int timeoutMs = 10_000)
    {
        var response = await client.SendAsync(ProduceRequestOf(topic, partition, batch, acks, timeoutMs), 13);
        return response.Responses[0].PartitionResponses[0];
    }

    public static ProduceRequest ProduceRequestOf(TopicId topic, int partition, byte[] batch, short acks = -1, int timeoutMs = 10_000) => new()
    {
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { TopicId = topic, PartitionData = [new() { Index = partition, Records = new RecordsField(batch) }] }],
    };

    /// <summary>One partition's answer, by topic id.</summary>
    public static async Task<FetchResponse.PartitionData> FetchAsync(
        this WireClient client, TopicId topic, int partition, long offset, int maxWaitMs = 0, int minBytes = 1, int maxBytes = 50 << 20, int partitionMaxBytes = 1 << 20)
    {
        var response = await client.SendAsync(new FetchRequest
        {
            MaxWaitMs = maxWaitMs,
            MinBytes = minBytes,
            MaxBytes = maxBytes,
            Topics = [new() { TopicId = topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionMaxBytes }] }],
        });
        if (response.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"fetch: {response.ErrorCode}");
        return response.Responses[0].Partitions[0];
    }

    public static async Task<(ErrorCode Error, long Offset, long TimestampMs)> ListOffsetAsync(this WireClient client, string topic, int partition, long timestamp)
    {
        var response = await client.SendAsync(new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp }] }],
        });
        var answer = response.Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.Offset, answer.Timestamp);
    }

    /// <summary>A batch of text records, one millisecond apart from <paramref name="timestampMs"/> on.</summary>
    public static byte[] Batch(long timestampMs, params string[] values)
    {
        var builder = new BatchBuilder();
        for (var i = 0; i < values.Length; i++) builder.Append(timestampMs + i, null, System.Text.Encoding.UTF8.GetBytes(values[i]));
        return builder.Build();
    }

    /// <summary>An idempotent producer's batch.</summary>
    public static byte[] Batch(long producerId, short epoch, int sequence, params string[] values)
    {
        var builder = new BatchBuilder { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence };
        foreach (var value in values) builder.Append(1, null, System.Text.Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    /// <summary>Offsets and values of the records in a fetch's answer.</summary>
    public static List<(long Offset, string Value)> Records(this FetchResponse.PartitionData answer)
    {
        var records = new List<(long, string)>();
        for (var rest = answer.Records.Sequence; rest.Length > 0;)
        {
            using var reader = new RecordReader(rest);
            while (reader.MoveNext()) records.Add((reader.Current.Offset, System.Text.Encoding.UTF8.GetString(reader.Current.Value)));
            rest = rest.Slice(reader.Header.SizeBytes);
        }

        return records;
    }
}
