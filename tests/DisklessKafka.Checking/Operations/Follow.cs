namespace DisklessKafka.Checking.Operations;

/// <summary>The promise of a client to read on with a reader until it has seen everything.</summary>
/// <param name="Position">Where the reader began.</param>
public sealed record Follow(int Client, long Reader, PartitionName Partition, long Position, bool IsReadCommitted);
