using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>One fixed-size piece of one segment object.</summary>
/// <param name="Index">Counted from the start of the object.</param>
public readonly record struct ChunkKey(SegmentRef Segment, int Index);
