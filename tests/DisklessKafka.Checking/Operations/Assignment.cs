namespace DisklessKafka.Checking.Operations;

/// <summary>What a member of a group owns in a generation, or at a member epoch.</summary>
public sealed class Assignment : Operation
{
    public required string Group { get; init; }

    public required string Member { get; init; }

    public required long Generation { get; init; }

    public required IReadOnlyList<PartitionName> Partitions { get; init; }

    protected override string Describe() => $"as member {Member} of group {Group} owns {string.Join(", ", Partitions)} in generation {Generation}";
}
