namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>One transactional id as administrators see it.</summary>
/// <param name="StartMs">Log time of the first thing in the open transaction; -1 while none is open.</param>
/// <param name="Partitions">Topic ordinal and partition of what is open, in order.</param>
public sealed record TransactionInfo(
    string Id, long ProducerId, short Epoch, TransactionState State, int TimeoutMs, long StartMs, IReadOnlyList<(uint Topic, uint Partition)> Partitions);
