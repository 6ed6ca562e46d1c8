namespace DisklessKafka.Checking;

/// <summary>Everything that is there when all is over, as a reader of all records, markers included, finds it.</summary>
public sealed class Contents
{
    private readonly Dictionary<PartitionName, PartitionContents> _partitions = [];

    public IReadOnlyCollection<PartitionContents> Partitions => _partitions.Values;

    /// <summary>The partition's contents, empty until something is added.</summary>
    public PartitionContents this[PartitionName name]
    {
        get
        {
            if (!_partitions.TryGetValue(name, out var partition))
                _partitions.Add(name, partition = new PartitionContents(name));
            return partition;
        }
    }
}
