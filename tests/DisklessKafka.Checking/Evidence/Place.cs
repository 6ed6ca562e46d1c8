namespace DisklessKafka.Checking.Evidence;

internal readonly record struct Place(PartitionName Partition, long Offset, ContentKind Kind)
{
    /// <summary>Readers of committed records see it too.</summary>
    public bool IsVisible => Kind == ContentKind.Record;

    public override string ToString() => $"offset {Offset} of {Partition}";
}
