using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Write;

/// <summary>A partition as the write path names it: the ordinal for the commit, the id for the segment's own index.</summary>
public readonly record struct PartitionKey(int TopicOrdinal, TopicId TopicId, int Index);
