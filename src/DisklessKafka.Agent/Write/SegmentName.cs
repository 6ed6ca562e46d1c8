using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Agent.Write;

/// <summary>A segment about to be written: the reference its commit makes valid, and the id its object is stored under.</summary>
/// <param name="Reference">By the session's ordinal: what the state and the cache use.</param>
/// <param name="Id">By the session's UUID: what the object store uses.</param>
public readonly record struct SegmentName(SegmentRef Reference, SegmentId Id)
{
    public string ObjectKey => Id.ObjectKey;
}
