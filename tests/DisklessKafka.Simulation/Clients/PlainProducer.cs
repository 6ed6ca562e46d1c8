using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>A producer without idempotence: it tries each batch once, and now and then does not even wait for the answer.</summary>
internal sealed class PlainProducer(ClientContext client, string topic, int partitions, Workload workload)
{
    public async Task RunAsync()
    {
        var id = await client.FindTopicAsync(topic);
        var wantsAnswer = true;
        while (!client.IsStopping)
        {
            await workload.PaceAsync(client);
            if (client.IsStopping) return;
            var connection = await client.ConnectAsync();
            var partition = new PartitionName(topic, client.Random.Next(partitions));
            var batch = OutgoingBatch.Build(client, partition, client.Random.Next(1, 4), new BatchBuilder(), isIdempotent: false);
            wantsAnswer = !wantsAnswer || client.Random.Next(10) > 0; // once in a while at least: else nothing shows that it gets something done
            if (!wantsAnswer)
            {
                if (!connection.IsClosed) connection.SendUnanswered(batch.ToRequest(id, 0, 10_000), OutgoingBatch.ProduceVersion);
                client.Log.Write(client.Name, $"sent {batch}: wants no answer");
                batch.End(Outcome.Unknown, client.Now);
                continue;
            }

            var response = await client.AskAsync(connection, batch.ToRequest(id, (short)(client.Random.Next(2) == 0 ? 1 : -1), 10_000), OutgoingBatch.ProduceVersion);
            var answer = response?.Responses[0].PartitionResponses[0];
            client.Log.Write(client.Name, $"sent {batch}: {(answer is null ? "no answer" : answer.ErrorCode == ErrorCode.None ? $"at {answer.BaseOffset}" : answer.ErrorCode.ToString())}");
            switch (answer?.ErrorCode)
            {
                case ErrorCode.None:
                    batch.Acknowledge(answer.BaseOffset, client.Now);
                    break;
                case ErrorCode.NotEnoughReplicas or ErrorCode.UnknownTopicId: // says that nothing was written
                    batch.End(Outcome.Failed, client.Now);
                    break;
                case null or ErrorCode.RequestTimedOut:
                    batch.End(Outcome.Unknown, client.Now);
                    break;
                default:
                    client.Log.Broken($"{client.Name} was refused {batch} with {answer.ErrorCode}");
                    batch.End(Outcome.Unknown, client.Now);
                    break;
            }
        }
    }
}
