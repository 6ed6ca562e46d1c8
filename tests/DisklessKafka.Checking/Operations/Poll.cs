namespace DisklessKafka.Checking.Operations;

public readonly record struct SeenRecord(long Offset, long Value);

/// <summary>
/// What a reader got of one partition. Its polls, in the order invoked, follow on each other: one begins where the one before
/// ended. After a seek or a new assignment it is another <see cref="Reader"/>.
/// </summary>
public sealed class Poll : Operation
{
    /// <summary>Unique over the history for one run of reading of one partition.</summary>
    public required long Reader { get; init; }

    public required PartitionName Partition { get; init; }

    /// <summary>The offset that was asked for.</summary>
    public required long Position { get; init; }

    /// <summary>The offset to ask for next: behind the last record, or further where only markers and hidden records came.</summary>
    public required long NextPosition { get; init; }

    /// <summary>Records of transactions show only once those are committed.</summary>
    public bool IsReadCommitted { get; init; }

    /// <summary>As handed to the user, in that order.</summary>
    public required IReadOnlyList<SeenRecord> Records { get; init; }

    protected override string Describe() =>
        $"reader {Reader} polled {Partition} {(IsReadCommitted ? "(committed) " : "")}from {Position} to {NextPosition} and got {Records.Count} records{(Records.Count == 0 ? "" : $" at {Records[0].Offset}..{Records[^1].Offset}")}";
}
