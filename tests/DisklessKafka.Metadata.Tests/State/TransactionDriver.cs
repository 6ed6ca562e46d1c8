using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>What a producer with transactions does, in one line each.</summary>
internal sealed class TransactionDriver(StateDriver driver, long firstSegment = 0)
{
    /// <summary>The number of the next commit.</summary>
    public long NextSegment { get; private set; } = firstSegment;

    public InitTransactionsOutcome Init(string id = "tx", int timeoutMs = 60_000, long producer = -1, short epoch = -1) => driver.Apply(
        StateDriver.Alice, Command.Of(new InitTransactions { TransactionalId = new TransactionalId(id), TimeoutMs = timeoutMs, ProducerId = new ProducerId(producer), Epoch = epoch }));

    public TransactionStatus Add(InitTransactionsOutcome producer, Topic topic, int partition, string id = "tx") => driver.Apply(StateDriver.Alice, Command.Of(new AddToTransaction
    {
        TransactionalId = new TransactionalId(id), ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch,
        Partitions = [new() { Topic = (uint)topic.Ordinal, Partition = (uint)partition }],
    })).Status;

    public TransactionStatus AddGroup(InitTransactionsOutcome producer, string group, string id = "tx") => driver.Apply(StateDriver.Alice, Command.Of(new AddToTransaction
    {
        TransactionalId = new TransactionalId(id), ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch, Group = group,
    })).Status;

    public EndTransactionOutcome End(InitTransactionsOutcome producer, bool commit, bool bumps = false, string id = "tx") => driver.Apply(StateDriver.Alice, Command.Of(new EndTransaction
    {
        TransactionalId = new TransactionalId(id), ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch, Commit = commit, BumpsEpoch = bumps,
    }));

    public CommitTransactionOffsetsOutcome Offset(InitTransactionsOutcome producer, string group, Topic topic, int partition, long offset, bool joins = false, int generation = -1, string member = "", string id = "tx") =>
        driver.Apply(StateDriver.Alice, Command.Of(new CommitTransactionOffsets
        {
            TransactionalId = new TransactionalId(id), ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch, Joins = joins, Group = new GroupId(group), MemberId = member, Generation = generation,
            Offsets = [new() { Topic = (uint)topic.Ordinal, Partition = (uint)partition, Offset = (ulong)offset, LeaderEpoch = -1, Metadata = "" }],
        }));

    /// <summary>A transactional batch: announced (version 1) or joining (version 2).</summary>
    public (BatchStatus Status, long Offset) Write(InitTransactionsOutcome producer, Topic topic, int partition, int sequence, int count, bool joins = false) => Commit(commit =>
    {
        commit.BeginPiece(topic.Ordinal, partition, 0);
        commit.Add(10, count, 1, producer.ProducerId, producer.Epoch, sequence, isTransactional: true, joins);
    });

    /// <summary>A batch of the same producer outside of any transaction.</summary>
    public (BatchStatus Status, long Offset) WritePlain(InitTransactionsOutcome producer, Topic topic, int partition, int sequence, int count) => Commit(commit =>
    {
        commit.BeginPiece(topic.Ordinal, partition, 0);
        commit.Add(10, count, 1, producer.ProducerId, producer.Epoch, sequence);
    });

    /// <summary>A batch without a producer.</summary>
    public void WriteOther(Topic topic, int partition, int count) => Commit(commit =>
    {
        commit.BeginPiece(topic.Ordinal, partition, 0);
        commit.Add(10, count, 1);
    });

    private (BatchStatus Status, long Offset) Commit(Action<CommitBuilder> fill)
    {
        var outcome = driver.Commit(StateDriver.Alice, NextSegment++, fill);
        return (outcome.Batches[0].Status, outcome.Batches[0].BaseOffset);
    }
}
