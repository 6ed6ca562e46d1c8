using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;

namespace DisklessKafka.Agent.Transactions;

/// <summary>Kafka's names of the states.</summary>
internal static class TransactionNames
{
    /// <summary>Those that never are belong to it: a filter may name them and finds nothing.</summary>
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal)
    {
        "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "PrepareEpochFence", "Dead",
    };

    public static string Of(TransactionState state) => state switch
    {
        TransactionState.Empty => "Empty",
        TransactionState.Ongoing => "Ongoing",
        TransactionState.CompleteCommit => "CompleteCommit",
        TransactionState.CompleteAbort => "CompleteAbort",
    };

    /// <summary>The open partitions by topic; those of a deleted topic are left out.</summary>
    public static IEnumerable<(Topic Topic, List<int> Partitions)> Partitions(TransactionInfo transaction, ClusterView view)
    {
        var topics = new Dictionary<uint, Topic>();
        foreach (var topic in view.Topics.All) topics.Add((uint)topic.Ordinal, topic);
        foreach (var open in transaction.Partitions.GroupBy(at => at.Topic))
            if (topics.TryGetValue(open.Key, out var topic))
                yield return (topic, [.. open.Select(at => (int)at.Partition)]);
    }
}
