namespace DisklessKafka.Cli.Admin;

/// <summary>A transactional id as its coordinator knows it.</summary>
/// <param name="Partitions">Those that its transaction has written to; empty if none is open.</param>
internal sealed record CoordinatedTransaction(string Id, long ProducerId, IReadOnlySet<(string Topic, int Partition)> Partitions);

/// <summary>Tells transactions that somebody will still end from those that nobody will.</summary>
internal static class HangingTransactions
{
    /// <summary>Open in a partition without a batch since <paramref name="sinceMs"/>: only these can hang, the coordinator has aborted others by then.</summary>
    public static IEnumerable<PartitionProducer> Candidates(IEnumerable<PartitionProducer> producers, long sinceMs) =>
        producers.Where(producer => producer.TransactionStartOffset is not null && producer.LastTimestampMs < sinceMs);

    /// <summary>A transaction hangs in a partition that no coordinator counts to a transaction of its producer.</summary>
    public static IEnumerable<PartitionProducer> Among(IEnumerable<PartitionProducer> candidates, IEnumerable<CoordinatedTransaction> coordinated)
    {
        var known = coordinated.SelectMany(transaction => transaction.Partitions.Select(partition => (transaction.ProducerId, partition.Topic, partition.Partition))).ToHashSet();
        return candidates.Where(candidate => !known.Contains((candidate.ProducerId, candidate.Topic, candidate.Partition)));
    }
}
