using DisklessKafka.Checking;

namespace DisklessKafka.Chaos.Load;

/// <summary>What a run's clients write to and read from.</summary>
/// <param name="Bootstrap">HOST:PORT of one or more brokers, separated by commas.</param>
internal sealed record LoadTarget(string Bootstrap, string Topic, int Partitions)
{
    public IEnumerable<PartitionName> PartitionNames => Enumerable.Range(0, Partitions).Select(index => new PartitionName(Topic, index));

    /// <summary>Where those who write what they read write it to: another topic, with a partition for each.</summary>
    public LoadTarget Outcomes => this with { Topic = $"{Topic}-outcomes" };
}
