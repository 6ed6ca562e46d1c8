using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

// What is asked of transactions between two entries.
public sealed partial class ClusterState
{
    public int TransactionCount => _transactions.Count;

    /// <summary>All transactional ids in order.</summary>
    public IEnumerable<TransactionInfo> Transactions => _transactions.All.Select(ToInfo);

    public TransactionInfo? FindTransaction(TransactionalId id) => _transactions.Find(id.Value) is { } found ? ToInfo(found) : null;

    /// <summary>Whether an open transaction is going to commit an offset of the group there: what is committed may be about to change.</summary>
    /// <param name="topic">Ordinal.</param>
    public bool HasPendingOffset(GroupId group, int topic, int partition) => _transactions.HasPending(group.Value, (uint)topic, (uint)partition);

    private static TransactionInfo ToInfo(Transaction transaction) => new(
        transaction.Id, transaction.ProducerId, transaction.Epoch, transaction.State, transaction.TimeoutMs, transaction.StartMs, [.. transaction.Partitions]);
}
