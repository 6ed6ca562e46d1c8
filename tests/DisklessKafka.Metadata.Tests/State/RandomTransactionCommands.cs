using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>Commands of producers with transactions, as often right as stale, repeated or wrong.</summary>
internal sealed class RandomTransactionCommands(Random random)
{
    public Command<InitTransactionsOutcome> Init(ClusterState state)
    {
        var (id, producer, epoch) = Any(state);
        return Command.Of(new InitTransactions
        {
            TransactionalId = id, TimeoutMs = random.Next(20) == 0 ? 0 : 1 + random.Next(120_000),
            ProducerId = new ProducerId(random.Next(2) == 0 ? -1 : producer), Epoch = epoch,
        });
    }

    public Command<AddToTransactionOutcome> Add(ClusterState state, (uint Topic, uint Partition) at)
    {
        var (id, producer, epoch) = Any(state);
        return Command.Of(new AddToTransaction
        {
            TransactionalId = id, ProducerId = new ProducerId(producer), Epoch = epoch,
            Partitions = random.Next(5) == 0 ? [] : [new() { Topic = at.Topic, Partition = at.Partition }], Group = random.Next(3) == 0 ? "g" + random.Next(4) : null,
        });
    }

    public Command<EndTransactionOutcome> End(ClusterState state)
    {
        var (id, producer, epoch) = Any(state);
        return Command.Of(new EndTransaction { TransactionalId = id, ProducerId = new ProducerId(producer), Epoch = epoch, Commit = random.Next(3) > 0, BumpsEpoch = random.Next(2) == 0 });
    }

    public Command<CommitTransactionOffsetsOutcome> Commit(ClusterState state, (uint Topic, uint Partition) at)
    {
        var (id, producer, epoch) = Any(state);
        return Command.Of(new CommitTransactionOffsets
        {
            TransactionalId = id, ProducerId = new ProducerId(producer), Epoch = epoch, Joins = random.Next(3) > 0,
            Group = new GroupId("g" + random.Next(4)), MemberId = "", Generation = random.Next(10) == 0 ? 1 : -1,
            Offsets = [new() { Topic = at.Topic, Partition = at.Partition, Offset = (ulong)random.Next(99), LeaderEpoch = -1, Metadata = "m" + random.Next(3) }],
        });
    }

    public Command<AbortTransactionsOutcome> Abort(ClusterState state, (uint Topic, uint Partition) at)
    {
        var (_, producer, epoch) = Any(state);
        return Command.Of(new AbortTransactions { Targets = [new() { ProducerId = (ulong)Math.Max(0, producer), Epoch = (uint)epoch, Topic = at.Topic, Partition = at.Partition }] });
    }

    /// <summary>A transactional id with the producer it has, or nearly.</summary>
    public (TransactionalId Id, long ProducerId, short Epoch) Any(ClusterState state)
    {
        var id = new TransactionalId("x" + random.Next(5));
        if (state.FindTransaction(id) is not { } found) return (id, random.Next(30), 0);
        return (id, random.Next(20) == 0 ? random.Next(30) : found.ProducerId, (short)Math.Max(0, found.Epoch - (random.Next(8) == 0 ? 1 : 0)));
    }
}
