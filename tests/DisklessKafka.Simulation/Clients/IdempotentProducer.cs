using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// A producer with enable.idempotence: up to five batches on their way at once, sent again in their order, at whatever
/// agent, until each is acknowledged.
/// </summary>
internal sealed class IdempotentProducer(ClientContext client, string topic, int partitions, Workload workload)
{
    private const int MaxInFlight = 5;

    private readonly int[] _sequences = new int[partitions];
    private TopicId _topic;
    private long _producerId = -1;
    private short _epoch;

    public async Task RunAsync()
    {
        _topic = await client.FindTopicAsync(topic);
        while (!client.IsStopping)
        {
            await workload.PaceAsync(client);
            if (client.IsStopping) return;
            while (_producerId < 0) await InitAsync();
            await DeliverAsync([.. Enumerable.Range(0, client.Random.Next(1, MaxInFlight + 1)).Select(_ => Build())]);
        }
    }

    private async Task InitAsync()
    {
        var answer = await client.AskAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerId = new ProducerId(-1), ProducerEpoch = -1 }, 4);
        if (answer is { ErrorCode: ErrorCode.None })
        {
            (_producerId, _epoch) = (answer.ProducerId.Value, answer.ProducerEpoch);
            Array.Clear(_sequences);
            client.Log.Write(client.Name, $"is producer {_producerId}");
        }
        else
        {
            if (answer is not null and not { ErrorCode: ErrorCode.CoordinatorNotAvailable }) client.Log.Broken($"{client.Name} got no producer id: {answer.ErrorCode}");
            await client.Pause(100, 1_000);
        }
    }

    private OutgoingBatch Build()
    {
        var partition = client.Random.Next(partitions);
        var records = client.Random.Next(1, 5);
        var builder = new BatchBuilder { ProducerId = _producerId, ProducerEpoch = _epoch, BaseSequence = _sequences[partition] };
        _sequences[partition] += records;
        return OutgoingBatch.Build(client, new PartitionName(topic, partition), records, builder, isIdempotent: true);
    }

    private async Task DeliverAsync(List<OutgoingBatch> pending)
    {
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var connection = await client.ConnectAsync();
            var answers = new List<Task<ProduceResponse?>>();
            foreach (var batch in pending)
            {
                answers.Add(client.AskAsync(connection, batch.ToRequest(_topic, -1, 10_000), OutgoingBatch.ProduceVersion));
                if (client.Random.Next(4) == 0) await client.Pause(0, 400); // so that they come into several segments
            }

            var left = new List<OutgoingBatch>();
            for (var i = 0; i < answers.Count; i++) Take(pending[i], await answers[i], left);
            pending = _producerId < 0 ? [] : left;
            if (pending.Count > 0) await client.Pause(50, 300 * Math.Min(attempt, 6));
        }
    }

    private void Take(OutgoingBatch batch, ProduceResponse? response, List<OutgoingBatch> left)
    {
        var answer = response?.Responses[0].PartitionResponses[0];
        client.Log.Write(client.Name, $"sent {batch}: {(answer is null ? "no answer" : answer.ErrorCode == ErrorCode.None ? $"at {answer.BaseOffset}" : answer.ErrorCode.ToString())}");
        if (_producerId < 0)
        {
            batch.End(Outcome.Unknown, client.Now); // one before it has lost its place: this producer sends nothing again
            return;
        }

        switch (answer?.ErrorCode)
        {
            case ErrorCode.None:
                batch.Acknowledge(answer.BaseOffset, client.Now);
                break;
            case null or ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicas or ErrorCode.KafkaStorageError or ErrorCode.UnknownTopicId:
            case ErrorCode.OutOfOrderSequenceNumber when left.Exists(earlier => earlier.Partition == batch.Partition):
                left.Add(batch);
                break;
            default:
                // All before it are in, and still it does not follow: the cluster has forgotten something.
                if (!client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} (producer {_producerId}) was refused {batch} with {answer.ErrorCode}");
                foreach (var lost in left.Append(batch)) lost.End(Outcome.Unknown, client.Now);
                left.Clear();
                _producerId = -1;
                break;
        }
    }
}
