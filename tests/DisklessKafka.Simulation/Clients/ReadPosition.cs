using DisklessKafka.Checking;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Where one run of reading of one partition is.</summary>
/// <param name="Reader">As the history names it.</param>
internal sealed class ReadPosition(long reader, PartitionName partition, long offset)
{
    public long Reader => reader;

    public PartitionName Partition => partition;

    public long Offset { get; set; } = offset;

    /// <summary>The greatest that an agent named; -1 before the first answer.</summary>
    public long HighWatermark { get; set; } = -1;
}
