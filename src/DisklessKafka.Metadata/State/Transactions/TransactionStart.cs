using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>Gives producers their ids and epochs, and takes partitions, groups and offsets into their transactions.</summary>
internal sealed class TransactionStart(TransactionTable transactions, TransactionEnd end, TopicTable topics, ProducerTable producers, GroupTable groups)
{
    public InitTransactionsOutcome Init(InitTransactions command, long nowMs)
    {
        if (command.TimeoutMs <= 0) return Refuse(InitTransactionsStatus.InvalidTimeout);
        if (transactions.Find(command.TransactionalId.Value) is not { } transaction)
        {
            if (transactions.Add(command.TransactionalId.Value) is not { } added) return Refuse(InitTransactionsStatus.TooMany);
            transactions.SetProducer(added, producers.NextId(nowMs), 0);
            return Begun(added, command.TimeoutMs, nowMs);
        }

        var producerId = command.ProducerId.Value;
        if (producerId < 0)
        {
            Renew(transaction, nowMs);
            (transaction.LastProducerId, transaction.LastEpoch) = (Transaction.NoProducer, Transaction.NoEpoch);
            return Begun(transaction, command.TimeoutMs, nowMs);
        }

        if (!transaction.IsOngoing && transaction.LastProducerId == producerId && transaction.LastEpoch == command.Epoch)
            return Begun(transaction, command.TimeoutMs, nowMs); // done already, and the producer did not hear of it
        if (transaction.ProducerId != producerId || transaction.Epoch != command.Epoch) return Refuse(InitTransactionsStatus.Fenced);
        Renew(transaction, nowMs);
        (transaction.LastProducerId, transaction.LastEpoch) = (producerId, command.Epoch);
        return Begun(transaction, command.TimeoutMs, nowMs);
    }

    public AddToTransactionOutcome Add(AddToTransaction command, long nowMs)
    {
        var status = Find(command.TransactionalId.Value, command.ProducerId.Value, command.Epoch, out var transaction);
        if (status != TransactionStatus.Done) return new(status, []);
        var isKnown = new bool[command.Partitions.Length];
        for (var i = 0; i < isKnown.Length; i++) isKnown[i] = topics.Find(command.Partitions[i].Topic, command.Partitions[i].Partition) is not null;
        if (isKnown.Contains(false)) return new(TransactionStatus.UnknownPartition, isKnown); // all of them or none
        if (command.Group is { } group && !HasRoom(transaction!, group)) return new(TransactionStatus.InvalidState, isKnown);

        transaction!.Begin(nowMs);
        foreach (ref readonly var target in command.Partitions.AsSpan()) transaction.Add(target.Topic, target.Partition);
        if (command.Group is not null) transactions.AddGroup(transaction, command.Group);
        transactions.Changed(transaction, nowMs);
        return new(TransactionStatus.Done, isKnown);
    }

    public CommitTransactionOffsetsOutcome Commit(CommitTransactionOffsets command, long nowMs)
    {
        var status = Find(command.TransactionalId.Value, command.ProducerId.Value, command.Epoch, out var transaction);
        if (status != TransactionStatus.Done) return new(status, CommitOffsetsStatus.Committed, []);
        var id = command.Group.Value;
        if (command.Joins ? !HasRoom(transaction!, id) : !transaction!.IsOngoing || transaction.FindGroup(id) is null)
            return new(TransactionStatus.InvalidState, CommitOffsetsStatus.Committed, []);
        var member = OffsetTable.Check(groups.Find(id), command.MemberId, command.InstanceId, command.Generation, isTransactional: true);
        if (member != CommitOffsetsStatus.Committed) return new(TransactionStatus.Done, member, []);

        transaction!.Begin(nowMs);
        var pending = transactions.AddGroup(transaction, id);
        var isKnown = new bool[command.Offsets.Length];
        for (var i = 0; i < isKnown.Length; i++)
        {
            ref readonly var entry = ref command.Offsets[i];
            isKnown[i] = topics.Find(entry.Topic, entry.Partition) is not null && entry.Offset <= long.MaxValue;
            if (isKnown[i]) pending.Set(entry.Topic, entry.Partition, new CommittedOffset((long)entry.Offset, entry.LeaderEpoch, entry.Metadata, nowMs));
        }

        transactions.Changed(transaction, nowMs);
        return new(TransactionStatus.Done, member, isKnown);
    }

    private TransactionStatus Find(string id, long producerId, short epoch, out Transaction? transaction)
    {
        transaction = transactions.Find(id);
        if (transaction is null || transaction.ProducerId != producerId) return TransactionStatus.UnknownProducer;
        return transaction.Epoch == epoch ? TransactionStatus.Done : TransactionStatus.Fenced;
    }

    /// <summary>The next epoch. An open transaction ends with it: its markers carry that epoch already.</summary>
    private void Renew(Transaction transaction, long nowMs)
    {
        if (transaction.IsOngoing) end.Abort(transaction, nowMs);
        else end.Bump(transaction, nowMs);
    }

    private InitTransactionsOutcome Begun(Transaction transaction, int timeoutMs, long nowMs)
    {
        transaction.State = TransactionState.Empty;
        transaction.TimeoutMs = timeoutMs;
        transactions.Changed(transaction, nowMs);
        return new(InitTransactionsStatus.Begun, transaction.ProducerId, transaction.Epoch);
    }

    private static bool HasRoom(Transaction transaction, string group) =>
        transaction.FindGroup(group) is not null || transaction.GroupCount < TransactionTable.MaxGroups;

    private static InitTransactionsOutcome Refuse(InitTransactionsStatus status) => new(status, Transaction.NoProducer, Transaction.NoEpoch);
}
