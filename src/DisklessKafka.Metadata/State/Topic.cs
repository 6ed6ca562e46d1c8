using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

/// <summary>A topic as it was after one whole entry. Partitions are shared from one version of the topic to the next.</summary>
public sealed class Topic
{
    internal Topic(TopicName name, TopicId id, int ordinal, short replicationFactor, ConfigSet configs, Partition[] partitions)
    {
        Name = name;
        Id = id;
        Ordinal = ordinal;
        ReplicationFactor = replicationFactor;
        Configs = configs;
        PartitionArray = partitions;
    }

    public TopicName Name { get; }

    /// <summary>Another one after every deletion and re-creation.</summary>
    public TopicId Id { get; }

    /// <summary>The topic's number in the state, never reused.</summary>
    public int Ordinal { get; }

    /// <summary>What the creator asked for. Durability is the object store's; this is only ever reported back.</summary>
    public short ReplicationFactor { get; }

    /// <summary>What was set for this topic; defaults are not in here.</summary>
    public ConfigSet Configs { get; }

    /// <summary>By partition index, from 0 without gaps.</summary>
    public ReadOnlySpan<Partition> Partitions => PartitionArray;

    internal Partition[] PartitionArray { get; }

    /// <summary>The partition, or null if the topic has no such index.</summary>
    public Partition? Find(int index) => (uint)index < (uint)PartitionArray.Length ? PartitionArray[index] : null;

    internal Topic With(ConfigSet configs) => new(Name, Id, Ordinal, ReplicationFactor, configs, PartitionArray);

    internal Topic With(Partition[] partitions) => new(Name, Id, Ordinal, ReplicationFactor, Configs, partitions);
}
