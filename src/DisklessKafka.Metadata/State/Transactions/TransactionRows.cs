using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>Transactional ids into a snapshot and out of one.</summary>
internal static class TransactionRows
{
    /// <summary>Copies what may change, made into messages by whoever enumerates it. Hardly any id has something open, so most are a few numbers.</summary>
    public static IEnumerable<SnapshotTransactions> Capture(TransactionTable transactions)
    {
        var captured = new Captured[transactions.Count];
        var next = 0;
        foreach (var transaction in transactions.Unordered) captured[next++] = new Captured(transaction);
        return Frames(captured);
    }

    private static IEnumerable<SnapshotTransactions> Frames(Captured[] transactions)
    {
        var rows = new List<SnapshotTransactions.TransactionRow>();
        var size = 0; // in rows of any kind: one transaction with very much in it is a message of its own
        foreach (var transaction in transactions)
        {
            rows.Add(transaction.ToRow());
            size += 1 + transaction.Partitions.Length + transaction.Groups.Sum(group => 1 + group.Offsets.Length);
            if (size < ClusterState.RowsPerFrame / 4) continue;
            yield return new SnapshotTransactions { Transactions = rows };
            (rows, size) = ([], 0);
        }

        if (rows.Count > 0) yield return new SnapshotTransactions { Transactions = rows };
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

    private readonly struct Captured(Transaction transaction)
    {
        private readonly string _id = transaction.Id;
        private readonly long _producerId = transaction.ProducerId;
        private readonly long _lastProducerId = transaction.LastProducerId;
        private readonly long _startMs = transaction.StartMs;
        private readonly long _updatedMs = transaction.UpdatedMs;
        private readonly int _timeoutMs = transaction.TimeoutMs;
        private readonly short _epoch = transaction.Epoch;
        private readonly short _lastEpoch = transaction.LastEpoch;
        private readonly TransactionState _state = transaction.State;

        public SnapshotTransactions.PartitionRow[] Partitions { get; } = transaction.PartitionCount == 0
            ? []
            : [.. transaction.Partitions.Select(at => new SnapshotTransactions.PartitionRow { Topic = at.Topic, Partition = at.Partition })];

        public SnapshotTransactions.GroupRow[] Groups { get; } = transaction.GroupCount == 0
            ? []
            : [.. transaction.Groups.Select(pair => new SnapshotTransactions.GroupRow { Id = new GroupId(pair.Key), Offsets = [.. pair.Value.All.Select(TransactionRows.ToRow)] })];

        public SnapshotTransactions.TransactionRow ToRow() => new()
        {
            Id = new TransactionalId(_id),
            ProducerId = new ProducerId(_producerId),
            Epoch = _epoch,
            LastProducerId = new ProducerId(_lastProducerId),
            LastEpoch = _lastEpoch,
            TimeoutMs = _timeoutMs,
            State = (sbyte)_state,
            StartMs = _startMs,
            UpdatedMs = _updatedMs,
            Partitions = Partitions,
            Groups = [.. Groups],
        };
    }

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
