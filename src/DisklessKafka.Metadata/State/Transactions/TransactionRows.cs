using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>Transactional ids into a snapshot and out of one.</summary>
internal static class TransactionRows
{
    public static List<SnapshotTransactions> Capture(TransactionTable transactions)
    {
        var frames = new List<SnapshotTransactions>();
        var rows = new List<SnapshotTransactions.TransactionRow>();
        var size = 0; // in rows of any kind: one transaction with very much in it is a message of its own
        foreach (var transaction in transactions.All)
        {
            rows.Add(ToRow(transaction));
            size += 1 + transaction.PartitionCount + transaction.Groups.Sum(pair => 1 + pair.Value.Count);
            if (size >= ClusterState.RowsPerFrame / 4) End();
        }

        if (rows.Count > 0) End();
        return frames;

        void End()
        {
            frames.Add(new SnapshotTransactions { Transactions = rows });
            (rows, size) = ([], 0);
        }
    }

    public static void Restore(TransactionTable transactions, SnapshotTransactions rows)
    {
        foreach (var row in rows.Transactions)
        {
            var transaction = new Transaction(row.Id.Value)
            {
                ProducerId = row.ProducerId.Value,
                Epoch = row.Epoch,
                LastProducerId = row.LastProducerId.Value,
                LastEpoch = row.LastEpoch,
                TimeoutMs = row.TimeoutMs,
                State = (TransactionState)row.State,
                StartMs = row.StartMs,
                UpdatedMs = row.UpdatedMs,
            };
            foreach (ref readonly var partition in row.Partitions.AsSpan()) transaction.Add(partition.Topic, partition.Partition);
            foreach (var group in row.Groups)
            {
                var pending = transaction.AddGroup(group.Id.Value);
                foreach (ref readonly var offset in group.Offsets.AsSpan())
                    pending.Set(offset.Topic, offset.Partition, new CommittedOffset((long)offset.Offset, offset.LeaderEpoch, offset.Metadata, offset.CommittedMs));
            }

            transactions.Restore(transaction);
        }
    }

    private static SnapshotTransactions.TransactionRow ToRow(Transaction transaction) => new()
    {
        Id = new TransactionalId(transaction.Id),
        ProducerId = new ProducerId(transaction.ProducerId),
        Epoch = transaction.Epoch,
        LastProducerId = new ProducerId(transaction.LastProducerId),
        LastEpoch = transaction.LastEpoch,
        TimeoutMs = transaction.TimeoutMs,
        State = (sbyte)transaction.State,
        StartMs = transaction.StartMs,
        UpdatedMs = transaction.UpdatedMs,
        Partitions = [.. transaction.Partitions.Select(at => new SnapshotTransactions.PartitionRow { Topic = at.Topic, Partition = at.Partition })],
        Groups = [.. transaction.Groups.Select(pair => new SnapshotTransactions.GroupRow { Id = new GroupId(pair.Key), Offsets = [.. pair.Value.All.Select(ToRow)] })],
    };

    private static SnapshotTransactions.OffsetRow ToRow((uint Topic, uint Partition, CommittedOffset Committed) entry) => new()
    {
        Topic = entry.Topic,
        Partition = entry.Partition,
        Offset = (ulong)entry.Committed.Offset,
        LeaderEpoch = entry.Committed.LeaderEpoch,
        Metadata = entry.Committed.Metadata,
        CommittedMs = entry.Committed.CommittedMs,
    };
}
