using System.Buffers.Binary;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>A batch on its way into a partition, with the sends of the history that it carries.</summary>
internal sealed class OutgoingBatch(int partition, byte[] bytes, Send[] sends)
{
    public const short ProduceVersion = 13;

    public int Partition => partition;

    public IReadOnlyList<Send> Sends => sends;

    /// <summary>Records of increasing values; the value is all that a record says, and something to make it longer.</summary>
    public static OutgoingBatch Build(ClientContext client, PartitionName partition, int records, BatchBuilder builder, bool isIdempotent, long? transaction = null)
    {
        var sends = new Send[records];
        for (var i = 0; i < records; i++)
        {
            var value = new byte[sizeof(long) + client.Random.Next(64)];
            var number = client.Cluster.NextValue();
            BinaryPrimitives.WriteInt64BigEndian(value, number);
            builder.Append(client.Node.Clock.GetUtcNow().ToUnixTimeMilliseconds(), null, value);
            sends[i] = new Send
            {
                Client = client.Number, Invoked = client.Now, Partition = partition, Value = number, Sequence = number, IsIdempotent = isIdempotent,
                Transaction = transaction,
            };
            client.History.Add(sends[i]);
        }

        return new OutgoingBatch(partition.Partition, builder.Build(), sends);
    }

    public ProduceRequest ToRequest(TopicId topic, short acks, int timeoutMs, string? transactionalId = null) => new()
    {
        TransactionalId = transactionalId is null ? null : new TransactionalId(transactionalId),
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { Name = new TopicName(sends[0].Partition.Topic), TopicId = topic, PartitionData = [new() { Index = partition, Records = new RecordsField(bytes) }] }],
    };

    /// <param name="baseOffset">As answered; below zero, the broker did not know it.</param>
    public void Acknowledge(long baseOffset, long at)
    {
        for (var i = 0; i < sends.Length; i++) sends[i].Acknowledge(baseOffset < 0 ? null : baseOffset + i, at);
    }

    public void End(Outcome outcome, long at)
    {
        foreach (var send in sends) send.Complete(outcome, at);
    }

    public override string ToString() => $"{sends[0].Value}{(sends.Length > 1 ? $"..{sends[^1].Value}" : "")} for {sends[0].Partition}";
}
