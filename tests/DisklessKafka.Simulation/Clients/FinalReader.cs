using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Reads everything there is, when all is over for a topic; no transaction may be open there then.</summary>
internal sealed class FinalReader(ClientContext client)
{
    /// <summary>Tries for one stretch that bring nothing though nothing is broken: then it cannot be read.</summary>
    private const int MaxTries = 50;

    public async Task ReadAsync(TopicId topic, PartitionContents partition)
    {
        var (position, tries) = (0L, 0);
        var entries = new EndedTransactions();
        while (true)
        {
            if (await FetchAsync(topic, partition.Name.Partition, position) is not { } answer)
            {
                if (client.Cluster.IsHealed && ++tries == MaxTries) throw new InvalidDataException($"nothing can be read of {partition.Name} from offset {position} on");
                client.Disconnect();
                await client.Pause(100, 1_000);
                continue;
            }

            if (position >= answer.HighWatermark) break;
            var bytes = answer.Records.Sequence;
            var next = position;
            while (RecordDecoder.TryTake(ref bytes, out var header, out var batch))
            {
                if (header.LastOffset >= position) entries.Add(header, batch, position);
                next = Math.Max(next, header.LastOffset + 1);
            }

            if (!bytes.IsEmpty || next == position) throw new InvalidDataException($"{partition.Name} is damaged at offset {position}");
            (position, tries) = (next, 0);
        }

        foreach (var producer in entries.AddTo(partition)) client.Log.Broken($"producer {producer} has a transaction open in {partition.Name} when all is over for it");
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
