using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Lists, describes and aborts transactions.</summary>
internal static class TransactionsVerb
{
    private const short ListVersion = 1, DescribeVersion = 0, MarkersVersion = 1;

    public static async Task<Report> ListAsync(AdminClient client)
    {
        var transactions = new SortedDictionary<string, Listed>(StringComparer.Ordinal); // some brokers list the same ones
        foreach (var broker in await client.EveryBrokerAsync())
            foreach (var each in await ListAsync(broker, []))
                transactions[each.TransactionalId.Value] = new(each.TransactionalId.Value, each.ProducerId.Value, each.TransactionState);
        return Report.Of([.. transactions.Values], transaction => $"{transaction.Id}  {transaction.State}  producer {transaction.ProducerId}");
    }

    public static async Task<Report> DescribeAsync(AdminClient client, string id)
    {
        var found = (await client.SendAsync(new DescribeTransactionsRequest { TransactionalIds = [new TransactionalId(id)] }, DescribeVersion)).TransactionStates[0];
        found.ErrorCode.ThrowUnlessNone(id);
        var partitions = PartitionsOf(found).OrderBy(at => at.Topic, StringComparer.Ordinal).ThenBy(at => at.Partition).Select(at => new { at.Topic, at.Partition }).ToList();
        long? startMs = found.TransactionStartTimeMs >= 0 ? found.TransactionStartTimeMs : null;
        return new(
            new
            {
                Id = id, State = found.TransactionState, ProducerId = found.ProducerId.Value, found.ProducerEpoch, TimeoutMs = found.TransactionTimeoutMs, StartTimeMs = startMs,
                Partitions = partitions,
            },
            [
                $"{id}: {found.TransactionState}, producer {found.ProducerId.Value} epoch {found.ProducerEpoch}, time-out {found.TransactionTimeoutMs} ms{(startMs is { } ms ? $", open since {Times.Text(ms)}" : "")}",
                .. partitions.Select(at => $"  {at.Topic}/{at.Partition}"),
            ]);
    }

    /// <param name="topics">Empty: all there are.</param>
    /// <param name="maxTimeout">A transaction that was written to within this time is left alone.</param>
    public static async Task<Report> FindHangingAsync(AdminClient client, IReadOnlyList<PartitionSelection> topics, TimeSpan maxTimeout)
    {
        if (topics.Count == 0) topics = (await TopicMap.AllAsync(client)).ConvertAll(topic => new PartitionSelection(topic.Name!.Value.Value, null));
        var sinceMs = (client.Now - maxTimeout).ToUnixTimeMilliseconds();
        var hanging = new List<PartitionProducer>();
        foreach (var topic in topics)
        {
            var candidates = HangingTransactions.Candidates(await ProducersVerb.FindAsync(client, topic), sinceMs).ToList();
            if (candidates.Count == 0) continue;
            var suspects = HangingTransactions.Among(candidates, await CoordinatedAsync(client, candidates)).ToHashSet();
            if (suspects.Count > 0) hanging.AddRange((await ProducersVerb.FindAsync(client, topic)).Where(suspects.Contains)); // others ended while their coordinators were asked
        }

        return Report.Of(hanging, each => $"{each.Topic}/{each.Partition}: from offset {each.TransactionStartOffset}, producer {each.ProducerId} epoch {each.ProducerEpoch}, last written to at {Times.Text(each.LastTimestampMs)}");
    }

    public static async Task AbortAsync(AdminClient client, string topic, int partition, long startOffset)
    {
        var open = (await ProducersVerb.FindAsync(client, new(topic, [partition]))).Find(producer => producer.TransactionStartOffset == startOffset)
            ?? throw new AdminException($"{topic}/{partition}: no open transaction begins at offset {startOffset}; 'diskless producers {topic} --partition {partition}' tells what is open");
        var response = await client.SendAsync(
            new WriteTxnMarkersRequest
            {
                Markers =
                [
                    new()
                    {
                        ProducerId = new ProducerId(open.ProducerId), ProducerEpoch = (short)open.ProducerEpoch, TransactionResult = false,
                        CoordinatorEpoch = Math.Max(0, open.CoordinatorEpoch), Topics = [new() { Name = new TopicName(topic), PartitionIndexes = [partition] }],
                    },
                ],
            }, MarkersVersion);
        response.Markers[0].Topics[0].Partitions[0].ErrorCode.ThrowUnlessNone($"{topic}/{partition}");
        Console.WriteLine($"aborted the transaction of producer {open.ProducerId} that began at {topic}/{partition} offset {startOffset}");
    }

    /// <summary>What all coordinators know of the producers' transactions.</summary>
    private static async Task<List<CoordinatedTransaction>> CoordinatedAsync(AdminClient client, IEnumerable<PartitionProducer> producers)
    {
        List<ProducerId> ids = [.. producers.Select(producer => new ProducerId(producer.ProducerId)).Distinct()];
        var coordinated = new List<CoordinatedTransaction>();
        foreach (var broker in await client.EveryBrokerAsync())
        {
            var listed = await ListAsync(broker, ids);
            if (listed.Count == 0) continue;
            var described = await broker.SendAsync(new DescribeTransactionsRequest { TransactionalIds = listed.ConvertAll(each => each.TransactionalId) }, DescribeVersion);
            foreach (var each in described.TransactionStates.Where(each => each.ErrorCode != ErrorCode.TransactionalIdNotFound))
            {
                each.ErrorCode.ThrowUnlessNone(each.TransactionalId.Value);
                coordinated.Add(new(each.TransactionalId.Value, each.ProducerId.Value, PartitionsOf(each).ToHashSet()));
            }
        }

        return coordinated;
    }

    private static async Task<List<ListTransactionsResponse.TransactionStateData>> ListAsync(AdminClient broker, List<ProducerId> producers)
    {
        var response = await broker.SendAsync(new ListTransactionsRequest { ProducerIdFilters = producers }, ListVersion);
        response.ErrorCode.ThrowUnlessNone("transactions");
        return response.TransactionStates;
    }

    private static IEnumerable<(string Topic, int Partition)> PartitionsOf(DescribeTransactionsResponse.TransactionStateData transaction) =>
        transaction.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic.Value, partition)));

    private sealed record Listed(string Id, long ProducerId, string State);
}
