using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>Where a segment's object is: the state knows the session behind the ordinal.</summary>
public interface ISegmentNames
{
    /// <summary>The object's key.</summary>
    string ObjectKeyOf(SegmentRef segment);
}
