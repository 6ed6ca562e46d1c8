using DisklessKafka.Checking;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Where one run of reading of one partition is.</summary>
/// <param name="Reader">As the history names it.</param>
internal sealed class ReadPosition(long reader, PartitionName partition, long offset)
{
    public long Reader => reader;

    public PartitionName Partition => partition;

    public long Offset { get; set; } = offset;

    /// <summary>Up to where there was something to be read, by the greatest that an agent named; -1 before the first answer.</summary>
    public long End { get; set; } = -1;
}
