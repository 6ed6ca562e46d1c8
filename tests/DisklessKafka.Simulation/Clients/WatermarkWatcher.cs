using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Asks any agent for a partition's first and last offset, as monitoring does: no answer may be behind an earlier one.</summary>
internal sealed class WatermarkWatcher(ClientContext client, string topic, int partitions)
{
    private const long Latest = -1, Earliest = -2;

    public async Task RunAsync()
    {
        while (!client.IsStopping)
        {
            await client.Pause(500, client.Cluster.IsHealed ? 2_000 : 10_000);
            var partition = client.Random.Next(partitions);
            var question = client.Random.Next(4) == 0 ? Earliest : Latest;
            var isCommitted = question == Latest && client.Random.Next(2) == 0;
            var invoked = client.Now;
            client.Disconnect();
            var response = await client.AskAsync(
                new ListOffsetsRequest
                {
                    ReplicaId = -1,
                    IsolationLevel = (sbyte)(isCommitted ? 1 : 0),
                    Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, Timestamp = question }] }],
                },
                7);
            if (response?.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } answer) continue;
            var name = new PartitionName(topic, partition);
            var seen = new WatermarkSeen
            {
                Client = client.Number, Invoked = invoked, Partition = name, Value = answer.Offset,
                Watermark = question == Earliest ? Watermark.LogStart : isCommitted ? Watermark.LastStableOffset : Watermark.HighWatermark,
            };
            seen.Complete(Outcome.Succeeded, client.Now);
            client.History.Add(seen);
            client.Log.Write(client.Name, $"{client.ConnectedTo} says the {seen.Watermark} of {name} is {answer.Offset}");
        }
    }
}
