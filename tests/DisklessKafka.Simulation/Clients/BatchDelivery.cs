using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// How a producer with enable.idempotence gets batches in: up to five are on their way at once, and are sent again in their
/// order, at whatever agent, until each is acknowledged or one is refused.
/// </summary>
internal sealed class BatchDelivery(ClientContext client, TopicId topic, string? transactionalId = null, short version = OutgoingBatch.ProduceVersion)
{
    public const int MaxInFlight = 5;

    /// <returns>The answer that ended it, with the batch that got it; null if all are in.</returns>
    public async Task<(ErrorCode Error, OutgoingBatch Batch)?> DeliverAsync(IReadOnlyList<OutgoingBatch> pending)
    {
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var answers = await SendAsync(pending);
            var left = new List<OutgoingBatch>();
            for (var i = 0; i < answers.Count; i++)
            {
                var error = Take(pending[i], await answers[i], left);
                if (error is null) continue;
                foreach (var lost in left.Concat(pending.Skip(i))) lost.End(Outcome.Unknown, client.Now); // what is behind it is not even looked at
                return (error.Value, pending[i]);
            }

            pending = left;
            if (pending.Count > 0) await client.Pause(50, 300 * Math.Min(attempt, 6));
        }

        return null;
    }

    /// <summary>Puts all of them on their way once.</summary>
    public async Task<List<Task<ProduceResponse?>>> SendAsync(IReadOnlyList<OutgoingBatch> batches)
    {
        var connection = await client.ConnectAsync();
        var answers = new List<Task<ProduceResponse?>>();
        foreach (var batch in batches)
        {
            answers.Add(client.AskAsync(connection, batch.ToRequest(topic, -1, 10_000, transactionalId), version));
            if (client.Random.Next(4) == 0) await client.Pause(0, 400); // so that they come into several segments
        }

        return answers;
    }

    /// <returns>What ends it; null while all is well.</returns>
    private ErrorCode? Take(OutgoingBatch batch, ProduceResponse? response, List<OutgoingBatch> left)
    {
        var answer = response?.Responses[0].PartitionResponses[0];
        client.Log.Write(client.Name, $"sent {batch}: {(answer is null ? "no answer" : answer.ErrorCode == ErrorCode.None ? $"at {answer.BaseOffset}" : answer.ErrorCode.ToString())}");
        switch (answer?.ErrorCode)
        {
            case ErrorCode.None:
                batch.Acknowledge(answer.BaseOffset, client.Now);
                return null;
            case null or ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicas or ErrorCode.KafkaStorageError or ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition:
            case ErrorCode.OutOfOrderSequenceNumber when left.Exists(earlier => earlier.Partition == batch.Partition):
                left.Add(batch);
                return null;
            default:
                return answer.ErrorCode;
        }
    }
}
