using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata;

/// <summary>Is told of every entry on the apply turn, right after its effects are published. Must be quick, must not throw, must not wait.</summary>
public interface IReplicaObserver
{
    /// <summary>For example: wake the long polls of the partitions that advanced.</summary>
    void OnApplied(in AppliedEntry applied);
}
