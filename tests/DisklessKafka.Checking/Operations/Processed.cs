namespace DisklessKafka.Checking.Operations;

/// <summary>
/// What a member of a group read and wrote an outcome of, in one transaction with the group's offset behind it: all records of a
/// partition from one offset up to, not including, another.
/// </summary>
public sealed record Processed(string Group, PartitionName Partition, long From, long To)
{
    public override string ToString() => $"{From}..{To - 1} of {Partition} by group {Group}";
}
