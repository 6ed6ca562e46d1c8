using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>A state held fast at one version, to be written down while later entries are applied.</summary>
internal sealed record StateCapture(
    SnapshotHeader Header,
    SnapshotSessions Sessions,
    Topic[] Topics,
    IReadOnlyDictionary<ConfigResource, ConfigSet> Configs,
    (Partition Partition, PartitionView View)[] Partitions,
    IEnumerable<SnapshotSegments> Segments,
    IReadOnlyList<SnapshotProducers> Producers,
    IEnumerable<SnapshotGroups> Groups,
    IEnumerable<SnapshotOffsets> Offsets,
    IEnumerable<SnapshotTransactions> Transactions);
