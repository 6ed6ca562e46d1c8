using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>A group's committed offset, as any agent tells it.</summary>
internal static class CommittedOffset
{
    /// <param name="isStable">Asks to be refused while an open transaction may still change it.</param>
    /// <returns>-1 if nothing is committed; null if nothing was learnt.</returns>
    public static async Task<long?> FetchAsync(ClientContext client, string group, PartitionName partition, bool isStable)
    {
        var invoked = client.Now;
        var answer = await client.AskAsync(
            new OffsetFetchRequest
            {
                GroupId = new GroupId(group), RequireStable = isStable,
                Topics = [new() { Name = new TopicName(partition.Topic), PartitionIndexes = [partition.Partition] }],
            },
            7);
        if (answer is not { ErrorCode: ErrorCode.None } || answer.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } found) return null;
        var offset = found.CommittedOffset;
        var fetch = new OffsetFetch { Client = client.Number, Invoked = invoked, Group = group, Partition = partition, Offset = offset < 0 ? null : offset };
        fetch.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(fetch);
        client.Log.Write(client.Name, $"fetches offset {offset} of {partition} for {group}");
        return offset;
    }
}
