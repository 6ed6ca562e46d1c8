using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>
/// Ends transactions. All of an end is one step: a marker in every partition, the offsets, the producer's next epoch; no
/// reader sees a part of it.
/// </summary>
internal sealed class TransactionEnd(
    TransactionTable transactions, TopicTable topics, ExtentTable extents, ProducerTable producers, GroupTable groups, OffsetTable offsets)
{
    /// <summary>What a producer asks for, by Kafka's rules for either version of transactions.</summary>
    public EndTransactionOutcome End(EndTransaction command, long nowMs)
    {
        if (transactions.Find(command.TransactionalId.Value) is not { } transaction) return Refuse(TransactionStatus.UnknownProducer);
        var producerId = command.ProducerId.Value;
        var isRepeated = command.BumpsEpoch && IsRepeated(transaction, producerId, command.Epoch);
        if (transaction.ProducerId != producerId && !isRepeated) return Refuse(TransactionStatus.UnknownProducer);
        if (transaction.Epoch != command.Epoch && !isRepeated) return Refuse(TransactionStatus.Fenced);
        if (transaction.IsOngoing)
        {
            Finish(transaction, command.Commit, command.BumpsEpoch, nowMs);
            return Current(transaction);
        }

        var hasThatEnd = transaction.State == (command.Commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort);
        if (isRepeated || !command.BumpsEpoch) return hasThatEnd ? Current(transaction) : Refuse(TransactionStatus.InvalidState);
        if (command.Commit) return Refuse(TransactionStatus.InvalidState);
        Finish(transaction, commit: false, bumpsEpoch: true, nowMs); // nothing was open: all that an abort does then is to fence
        return Current(transaction);
    }

    /// <summary>What administrators ask for. A part of a transaction is never ended alone: it would be seen in parts.</summary>
    public AbortTransactionsOutcome Abort(AbortTransactions command, long nowMs)
    {
        var statuses = new AbortTransactionStatus[command.Targets.Length];
        for (var i = 0; i < statuses.Length; i++) statuses[i] = Abort(command.Targets[i], nowMs);
        return new(statuses);
    }

    /// <summary>Its time is up: an open one is aborted and its producer fenced, an unused one forgotten.</summary>
    public void Pass(string id, long nowMs)
    {
        var transaction = transactions.Find(id)!;
        if (transaction.IsOngoing) Abort(transaction, nowMs);
        else transactions.Remove(transaction);
    }

    /// <summary>Aborts what is open, and fences the producer; it may not repeat what it did last, but learns what became of it.</summary>
    public void Abort(Transaction transaction, long nowMs)
    {
        var producerId = transaction.ProducerId;
        Finish(transaction, commit: false, bumpsEpoch: true, nowMs);
        if (transaction.ProducerId == producerId) transaction.LastProducerId = Transaction.NoProducer;
        transactions.Changed(transaction, nowMs);
    }

    /// <summary>Gives the transactional id its producer's next epoch, or another producer id where the epochs are used up.</summary>
    public void Bump(Transaction transaction, long nowMs)
    {
        (transaction.LastProducerId, transaction.LastEpoch) = (transaction.ProducerId, transaction.Epoch);
        if (transaction.IsEpochExhausted) transactions.SetProducer(transaction, producers.NextId(nowMs), 0);
        else transactions.SetProducer(transaction, transaction.ProducerId, (short)(transaction.Epoch + 1));
    }

    private void Finish(Transaction transaction, bool commit, bool bumpsEpoch, long nowMs)
    {
        var markerEpoch = (short)(bumpsEpoch ? transaction.Epoch + 1 : transaction.Epoch);
        foreach (var (topic, index) in transaction.Partitions)
        {
            if (topics.Find(topic, index) is not { } partition) continue; // deleted meanwhile
            var firstOffset = producers.EndTransaction(partition, transaction.ProducerId, markerEpoch, nowMs);
            extents.AppendMarker(partition, new Marker(partition.NextOffset, transaction.ProducerId, nowMs, markerEpoch, commit), firstOffset);
        }

        if (commit)
            foreach (var (group, pending) in transaction.Groups)
                Apply(group, pending, nowMs);
        transactions.Clear(transaction);
        transaction.State = commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort;
        if (bumpsEpoch) Bump(transaction, nowMs);
        transactions.Changed(transaction, nowMs);
    }

    /// <summary>What was committed outside of the transaction since then stays.</summary>
    private void Apply(string id, PendingGroup pending, long nowMs)
    {
        if (pending.Count == 0) return;
        var group = groups.Find(id) ?? groups.Add(new GroupId(id), nowMs);
        foreach (var (topic, partition, offset) in pending.All)
            if (!group.Offsets.TryFind(topic, partition, out var committed) || committed.CommittedMs <= offset.CommittedMs)
                offsets.Set(group, topic, partition, offset);
        groups.Touch(group);
    }

    private AbortTransactionStatus Abort(in AbortTransactions.Target target, long nowMs)
    {
        if (topics.Find(target.Topic, target.Partition) is not { } partition) return AbortTransactionStatus.UnknownPartition;
        if (partition.Producers is null || !partition.Producers.TryGetValue((long)target.ProducerId, out var entry)) return AbortTransactionStatus.NothingOpen;
        if (target.Epoch < (uint)entry.Epoch) return AbortTransactionStatus.StaleEpoch;
        if (!entry.IsInTransaction) return AbortTransactionStatus.NothingOpen;
        Abort(transactions.FindByProducer(entry.ProducerId)!, nowMs);
        return AbortTransactionStatus.Aborted;
    }

    /// <summary>The transaction is at its end, and this is what it was before that: its producer did not hear the answer.</summary>
    private static bool IsRepeated(Transaction transaction, long producerId, short epoch)
    {
        if (transaction.State is not (TransactionState.CompleteCommit or TransactionState.CompleteAbort) || transaction.LastEpoch != epoch) return false;
        return transaction.ProducerId == producerId
            ? transaction.Epoch == epoch + 1
            : transaction.LastProducerId == producerId && transaction.Epoch == 0;
    }

    private static EndTransactionOutcome Current(Transaction transaction) => new(TransactionStatus.Done, transaction.ProducerId, transaction.Epoch);

    private static EndTransactionOutcome Refuse(TransactionStatus status) => new(status, Transaction.NoProducer, Transaction.NoEpoch);
}
