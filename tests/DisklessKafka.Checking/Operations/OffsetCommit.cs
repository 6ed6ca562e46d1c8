namespace DisklessKafka.Checking.Operations;

/// <summary>A group's offset on its way into the cluster, outside of transactions or inside of one.</summary>
public sealed class OffsetCommit : Operation
{
    public required string Group { get; init; }

    public required PartitionName Partition { get; init; }

    public required long Offset { get; init; }

    /// <summary><see cref="Transaction.Id"/>: takes effect when that commits. Null outside of transactions.</summary>
    public long? Transaction { get; init; }

    protected override string Describe() =>
        $"committed offset {Offset} of {Partition} for group {Group}{(Transaction is { } id ? $" in transaction {id}" : "")}";
}
