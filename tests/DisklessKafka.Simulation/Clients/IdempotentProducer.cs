using DisklessKafka.Checking;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// A producer with enable.idempotence: up to five batches on their way at once. At times it begins anew, as another one: it is
/// the first batches of a producer whose sequences the cluster knows nothing about.
/// </summary>
internal sealed class IdempotentProducer(ClientContext client, string topic, int partitions, Workload workload)
{
    private readonly int[] _sequences = new int[partitions];
    private BatchDelivery? _delivery;
    private (long Id, short Epoch)? _producer;

    public async Task RunAsync()
    {
        _delivery = new BatchDelivery(client, await client.FindTopicAsync(topic));
        while (!client.IsStopping)
        {
            await workload.PaceAsync(client);
            if (client.IsStopping) return;
            if (_producer is null || client.Random.Next(4) == 0)
            {
                _producer = await ProducerIdentity.InitAsync(client);
                Array.Clear(_sequences);
            }

            await DeliverAsync();
        }
    }

    private OutgoingBatch Build()
    {
        var partition = client.Random.Next(partitions);
        var records = client.Random.Next(1, 5);
        var builder = new BatchBuilder { ProducerId = _producer!.Value.Id, ProducerEpoch = _producer.Value.Epoch, BaseSequence = _sequences[partition] };
        _sequences[partition] += records;
        return OutgoingBatch.Build(client, new PartitionName(topic, partition), records, builder, isIdempotent: true);
    }

    private async Task DeliverAsync()
    {
        OutgoingBatch[] batches = [.. Enumerable.Range(0, client.Random.Next(1, BatchDelivery.MaxInFlight + 1)).Select(_ => Build())];
        if (await _delivery!.DeliverAsync(batches) is not { } refused) return;
        // All before it are in, and still it does not follow: the cluster has forgotten something.
        if (!client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} (producer {_producer!.Value.Id}) was refused {refused.Batch} with {refused.Error}");
        _producer = null;
    }
}
