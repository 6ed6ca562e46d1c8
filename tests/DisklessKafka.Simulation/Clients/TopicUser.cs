using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// Creates a topic, writes to it, reads all of it and deletes it, again and again under the same few names, while the cluster
/// does everything else. To the history each of these topics is one of its own, by its id.
/// </summary>
internal sealed class TopicUser(ClientContext client, Contents contents)
{
    private const int MaxPartitions = 3;

    private readonly int[] _sequences = new int[MaxPartitions];
    private readonly HashSet<TopicId> _deleted = [];
    private (long Id, short Epoch) _producer;

    public async Task RunAsync()
    {
        for (var round = 0; !client.IsStopping; round++)
        {
            var name = $"{client.Name}-{round % 2}";
            var partitions = client.Random.Next(1, MaxPartitions + 1);
            var id = await CreateAsync(name, partitions);
            await UseAsync(name, id, partitions);
            if (client.IsStopping) return;
            await DeleteAsync(name, id, partitions);
            await client.Pause(500, 20_000);
        }
    }

    private async Task<TopicId> CreateAsync(string name, int partitions)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var answer = await client.AskAsync(
                new CreateTopicsRequest { Topics = [new() { Name = new TopicName(name), NumPartitions = partitions, ReplicationFactor = -1 }], TimeoutMs = 10_000 }, 7);
            var error = answer?.Topics[0].ErrorCode;
            client.Log.Write(client.Name, $"creates {name} with {partitions} partitions: {(error is null ? "no answer" : error.ToString())}");
            if (error == ErrorCode.None) return answer!.Topics[0].TopicId;
            if (error == ErrorCode.TopicAlreadyExists)
            {
                if (isFirst) client.Log.Broken($"{client.Name} cannot create {name}, which it has deleted");
                return await FindAsync(name); // created by a try before, whose answer was lost
            }

            await client.Pause(100, 1_000);
        }
    }

    /// <summary>An agent that lags may still tell the id of the one before.</summary>
    private async Task<TopicId> FindAsync(string name)
    {
        while (true)
        {
            var found = await client.FindTopicAsync(name);
            if (!_deleted.Contains(found)) return found;
            client.Disconnect();
            await client.Pause(100, 1_000);
        }
    }

    private async Task UseAsync(string name, TopicId id, int partitions)
    {
        _producer = await ProducerIdentity.InitAsync(client);
        Array.Clear(_sequences);
        var delivery = new BatchDelivery(client, id);
        for (var round = client.Random.Next(1, 6); round > 0 && !client.IsStopping; round--)
        {
            if (await delivery.DeliverAsync(Build(name, id, partitions)) is { } refused) client.Log.Broken($"{client.Name} was refused {refused.Batch} with {refused.Error}");
            await client.Pause(500, 8_000);
        }

        for (var partition = 0; partition < partitions; partition++) await new FinalReader(client).ReadAsync(id, contents[NameOf(name, id, partition)]);
    }

    /// <summary>At times with something still on its way, which either side of the deletion may get.</summary>
    private async Task DeleteAsync(string name, TopicId id, int partitions)
    {
        var delivery = new BatchDelivery(client, id);
        if (client.Random.Next(2) == 0)
        {
            var late = Build(name, id, partitions);
            await delivery.SendAsync(late);
            foreach (var batch in late) batch.End(Outcome.Unknown, client.Now);
        }

        for (var partition = 0; partition < partitions; partition++) contents[NameOf(name, id, partition)].AddRemoved(0, long.MaxValue);
        var topic = client.Random.Next(2) == 0 ? new DeleteTopicsRequest.DeleteTopicState { TopicId = id } : new() { Name = new TopicName(name) };
        ErrorCode? error = null;
        for (var isFirst = true; error != ErrorCode.None; isFirst = false)
        {
            if (!isFirst) await client.Pause(100, 1_000);
            error = (await client.AskAsync(new DeleteTopicsRequest { Topics = [topic], TimeoutMs = 10_000 }, 6))?.Responses[0].ErrorCode;
            client.Log.Write(client.Name, $"deletes {name}, {id}: {(error is null ? "no answer" : error.ToString())}");
            if (error is not (ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition)) continue;
            if (isFirst) client.Log.Broken($"{client.Name} cannot delete {name}: {error}");
            break; // deleted by a try before, whose answer was lost
        }

        _deleted.Add(id);
        await WriteOnceMoreAsync(name, id, partitions);
    }

    /// <summary>Whichever agent it asks: nobody may take anything for what is deleted.</summary>
    private async Task WriteOnceMoreAsync(string name, TopicId id, int partitions)
    {
        var batches = Build(name, id, partitions);
        var answers = await new BatchDelivery(client, id).SendAsync(batches);
        for (var i = 0; i < batches.Length; i++)
        {
            var answer = (await answers[i])?.Responses[0].PartitionResponses[0];
            batches[i].End(Outcome.Unknown, client.Now);
            if (answer is { ErrorCode: ErrorCode.None }) client.Log.Broken($"{batches[i]} was taken, whose topic had been deleted");
        }
    }

    private OutgoingBatch[] Build(string name, TopicId id, int partitions) => [.. Enumerable.Range(0, client.Random.Next(1, BatchDelivery.MaxInFlight + 1)).Select(_ =>
    {
        var partition = client.Random.Next(partitions);
        var records = client.Random.Next(1, 4);
        var builder = new BatchBuilder { ProducerId = _producer.Id, ProducerEpoch = _producer.Epoch, BaseSequence = _sequences[partition] };
        _sequences[partition] += records;
        return OutgoingBatch.Build(client, NameOf(name, id, partition), records, builder, isIdempotent: true);
    })];

    private static PartitionName NameOf(string name, TopicId id, int partition) => new($"{name}/{id}", partition);
}
