namespace DisklessKafka.Checking.Operations;

/// <summary>A group's committed offset, as a broker told it.</summary>
public sealed class OffsetFetch : Operation
{
    public required string Group { get; init; }

    public required PartitionName Partition { get; init; }

    /// <summary>Null if there is none.</summary>
    public required long? Offset { get; init; }

    protected override string Describe() => $"fetched {(Offset is { } offset ? $"offset {offset}" : "no offset")} of {Partition} for group {Group}";
}
