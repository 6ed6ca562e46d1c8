namespace DisklessKafka.Checking;

public readonly record struct PartitionName(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}
