using DisklessKafka.Checking;

namespace DisklessKafka.Chaos.Load;

/// <summary>How far a group is known to have committed; told by its members, from any thread.</summary>
internal sealed class GroupProgress(string group)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PartitionName, long> _committed = [];

    public string Group => group;

    public void Commit(PartitionName partition, long offset)
    {
        lock (_gate)
            _committed[partition] = Math.Max(offset, _committed.GetValueOrDefault(partition));
    }

    /// <summary>Partitions in which it has not come that far, and where it is.</summary>
    public IReadOnlyList<(PartitionName Partition, long Committed)> Behind(IReadOnlyDictionary<PartitionName, long> ends)
    {
        lock (_gate)
            return [.. ends.Where(end => _committed.GetValueOrDefault(end.Key) < end.Value).Select(end => (end.Key, _committed.GetValueOrDefault(end.Key)))];
    }
}
