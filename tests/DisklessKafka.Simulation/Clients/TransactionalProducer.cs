using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// A transactional id and who uses it, one instance after the other. An instance runs transactions until one crashes, is
/// fenced because its time was up, or simply ends; the next one fences it, and at times the old one tries to go on.
/// </summary>
internal sealed class TransactionalProducer(ClientContext client, string topic, int partitions, Workload workload)
{
    /// <summary>Short ones run out by themselves when something is broken; the last one, the broker's limit, never does here.</summary>
    private static readonly int[] TimeoutsMs = [3_000, 10_000, 60_000, 900_000];

    /// <summary>Since the log lost entries: the first may be taken for one before it, and what that had on its way for the first's.</summary>
    private const int DoubtfulInstances = 2;

    private readonly string _id = $"tx-{client.Name}";
    private TopicId _topic;

    public async Task RunAsync()
    {
        _topic = await client.FindTopicAsync(topic);
        TransactionalInstance? before = null;
        var begunSinceRewind = 0;
        while (!client.IsStopping)
        {
            var isVersion2 = client.Random.Next(3) > 0;
            var flow = isVersion2 ? TransactionFlow.Version2 : TransactionFlow.Version1;
            var instance = new TransactionalInstance(client, topic, _topic, partitions, _id, flow, TimeoutsMs[client.Random.Next(TimeoutsMs.Length)]);
            while (!await instance.InitAsync()) await client.Pause(100, 1_000);
            if (client.Cluster.MayHaveLost) begunSinceRewind++;
            if (before is { Crashed: not null } && client.Random.Next(2) == 0) await before.GoOnThoughFencedAsync();
            before = instance;
            while (!client.IsStopping && client.Random.Next(12) > 0)
            {
                await workload.PaceAsync(client);
                if (client.Random.Next(4) == 0) await instance.FetchOffsetAsync(isStable: true);
                if (client.IsStopping || !await instance.RunTransactionAsync(isDoubtful: client.Cluster.MayHaveLost && begunSinceRewind <= DoubtfulInstances)) break;
            }
        }

        // What a crash or a doubt left open would hold back all readers until its time is up.
        var last = new TransactionalInstance(client, topic, _topic, partitions, _id, TransactionFlow.Version2, TimeoutsMs[0]);
        while (!await last.InitAsync()) await client.Pause(100, 1_000);
    }
}
