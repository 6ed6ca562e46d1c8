namespace DisklessKafka.Checking.Operations;

/// <summary>One record on its way into a partition.</summary>
public sealed class Send : Operation
{
    public required PartitionName Partition { get; init; }

    /// <summary>Unique over the whole history; what readers find tells the send by it.</summary>
    public required long Value { get; init; }

    /// <summary>Ascending in the order in which this client sent, over all its partitions or in each.</summary>
    public required long Sequence { get; init; }

    /// <summary>Retries of the client must neither repeat nor reorder. True for transactional producers too.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary><see cref="Transaction.Id"/>; null outside of transactions.</summary>
    public long? Transaction { get; init; }

    /// <summary>Needed only where compaction may remove the record.</summary>
    public long? Key { get; init; }

    /// <summary>A deletion of its key, which compaction removes in the end too.</summary>
    public bool IsTombstone { get; init; }

    /// <summary>What this record was made of, by a group that writes what it reads; null for all else.</summary>
    public Processed? Source { get; init; }

    /// <summary>As acknowledged; null where the client was told none.</summary>
    public long? Offset { get; set; }

    /// <param name="offset">Null where the broker named none.</param>
    public void Acknowledge(long? offset, long at)
    {
        Offset = offset;
        Complete(Outcome.Succeeded, at);
    }

    protected override string Describe() =>
        $"sent {Value} (its record {Sequence}) to {Partition}{(Transaction is { } id ? $" in transaction {id}" : "")}{(Offset is { } offset ? $" and was told offset {offset}" : "")}";
}
