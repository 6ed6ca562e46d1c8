using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Reads everything there is, when all is over.</summary>
internal sealed class FinalReader(ClientContext client, string topic, int partitions)
{
    /// <summary>Tries for one stretch that bring nothing: then it cannot be read.</summary>
    private const int MaxTries = 50;

    public async Task<Contents> ReadAsync()
    {
        var id = await client.FindTopicAsync(topic);
        var contents = new Contents();
        for (var partition = 0; partition < partitions; partition++) await ReadAsync(id, contents[new PartitionName(topic, partition)]);
        return contents;
    }

    private async Task ReadAsync(TopicId topic, PartitionContents partition)
    {
        var (position, tries) = (0L, 0);
        while (true)
        {
            if (await FetchAsync(topic, partition.Name.Partition, position) is not { } answer)
            {
                if (++tries == MaxTries) throw new InvalidDataException($"nothing can be read of {partition.Name} from offset {position} on");
                client.Disconnect();
                await client.Pause(100, 1_000);
                continue;
            }

            if (position >= answer.HighWatermark) return;
            var records = new List<SeenRecord>();
            if (!RecordDecoder.TryDecode(answer.Records.Sequence, position, records, out var next) || next == position)
                throw new InvalidDataException($"{partition.Name} is damaged at offset {position}");
            foreach (var record in records) partition.AddRecord(record.Offset, record.Value);
            (position, tries) = (next, 0);
        }
    }

    private async Task<FetchResponse.PartitionData?> FetchAsync(TopicId topic, int partition, long position)
    {
        var response = await client.AskAsync(
            new FetchRequest
            {
                MaxWaitMs = 0, MinBytes = 0, MaxBytes = 1 << 20,
                Topics = [new() { TopicId = topic, Partitions = [new() { Partition = partition, FetchOffset = position, PartitionMaxBytes = 1 << 20 }] }],
            },
            13);
        return response?.Responses[0].Partitions[0] is { ErrorCode: ErrorCode.None } answer ? answer : null;
    }
}
