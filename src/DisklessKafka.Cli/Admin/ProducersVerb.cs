using System.Globalization;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Lists the idempotent producers of partitions.</summary>
internal static class ProducersVerb
{
    private const short DescribeVersion = 0;

    public static async Task<Report> DescribeAsync(AdminClient client, PartitionSelection selection) => Report.Of(
        await FindAsync(client, selection),
        producer => $"{producer.Topic}/{producer.Partition}: producer {producer.ProducerId} epoch {producer.ProducerEpoch}, last sequence {producer.LastSequence}"
            + (producer.LastTimestampMs >= 0 ? $" at {Times.Text(producer.LastTimestampMs)}" : "")
            + (producer.TransactionStartOffset is { } start ? $", transaction open from offset {start}" : ""));

    /// <exception cref="AdminException">There is no such topic or partition.</exception>
    public static async Task<List<PartitionProducer>> FindAsync(AdminClient client, PartitionSelection selection)
    {
        var partitions = await TopicMap.PartitionsAsync(client, selection);
        var response = await client.SendAsync(new DescribeProducersRequest { Topics = [new() { Name = new TopicName(selection.Topic), PartitionIndexes = partitions }] }, DescribeVersion);
        var found = new List<PartitionProducer>();
        foreach (var partition in response.Topics[0].Partitions.OrderBy(partition => partition.PartitionIndex))
        {
            partition.ErrorCode.ThrowUnlessNone($"{selection.Topic}/{partition.PartitionIndex}", partition.ErrorMessage);
            found.AddRange(partition.ActiveProducers.OrderBy(producer => producer.ProducerId.Value).Select(producer => new PartitionProducer(
                selection.Topic, partition.PartitionIndex, producer.ProducerId.Value, producer.ProducerEpoch, producer.LastSequence, producer.LastTimestamp,
                producer.CoordinatorEpoch, producer.CurrentTxnStartOffset >= 0 ? producer.CurrentTxnStartOffset : null)));
        }

        return found;
    }
}

/// <param name="LastTimestampMs">Of its last batch; -1 if unknown.</param>
/// <param name="TransactionStartOffset">Null if no transaction is open.</param>
internal sealed record PartitionProducer(
    string Topic, int Partition, long ProducerId, int ProducerEpoch, int LastSequence, long LastTimestampMs, int CoordinatorEpoch, long? TransactionStartOffset);

internal static class Times
{
    /// <summary>For people, in UTC.</summary>
    public static string Text(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
