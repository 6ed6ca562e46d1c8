using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Deletes the oldest records of partitions.</summary>
internal static class RecordsVerb
{
    private const int TimeoutMs = 30_000;
    private const short DeleteVersion = 2;
    private const long All = -1;

    /// <param name="before">The first to keep; null: none.</param>
    public static async Task DeleteAsync(AdminClient client, PartitionSelection selection, long? before)
    {
        var partitions = await TopicMap.PartitionsAsync(client, selection);
        var response = await client.SendAsync(
            new DeleteRecordsRequest
            {
                TimeoutMs = TimeoutMs,
                Topics =
                [
                    new()
                    {
                        Name = new TopicName(selection.Topic),
                        Partitions = [.. partitions.Select(partition => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = partition, Offset = before ?? All })],
                    },
                ],
            }, DeleteVersion);
        var results = response.Topics[0].Partitions.OrderBy(result => result.PartitionIndex).ToList();
        foreach (var result in results.Where(result => result.ErrorCode == ErrorCode.None))
            Console.WriteLine($"{selection.Topic}/{result.PartitionIndex}: records start at {result.LowWatermark}");
        foreach (var result in results) result.ErrorCode.ThrowUnlessNone($"{selection.Topic}/{result.PartitionIndex}", Reason(result.ErrorCode, before));
    }

    private static string? Reason(ErrorCode error, long? before) => error switch
    {
        ErrorCode.OffsetOutOfRange => $"there are no {before} records yet; --all deletes those that there are",
        ErrorCode.PolicyViolation => "the topic is compacted only, so its records go as newer ones of their keys come; set cleanup.policy=compact,delete first",
        _ => null,
    };
}
