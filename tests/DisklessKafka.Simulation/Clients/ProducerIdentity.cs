using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>A producer id without a transactional id, asked for until somebody gives one.</summary>
internal static class ProducerIdentity
{
    public static async Task<(long Id, short Epoch)> InitAsync(ClientContext client)
    {
        while (true)
        {
            var answer = await client.AskAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerId = new ProducerId(-1), ProducerEpoch = -1 }, 4);
            if (answer is { ErrorCode: ErrorCode.None })
            {
                client.Log.Write(client.Name, $"is producer {answer.ProducerId.Value}");
                return (answer.ProducerId.Value, answer.ProducerEpoch);
            }

            if (answer is not null and not { ErrorCode: ErrorCode.CoordinatorNotAvailable }) client.Log.Broken($"{client.Name} got no producer id: {answer.ErrorCode}");
            await client.Pause(100, 1_000);
        }
    }
}
