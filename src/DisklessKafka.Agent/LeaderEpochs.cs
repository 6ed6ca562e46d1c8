namespace DisklessKafka.Agent;

/// <summary>
/// Leadership is only a routing hint, so there are no leader epochs, and that is what clients are told. One that is told an epoch asks
/// whenever the leader changes whether what it has read is still there (KIP-320). Here it always is, and in librdkafka that question can
/// end in a deadlock when the agent that it goes to leaves the cluster (docs/reliability.md).
/// </summary>
internal static class LeaderEpochs
{
    public const int None = -1;

    /// <summary>What clients may have remembered with a committed offset, as other Kafkas tell it of a partition whose leader never changed.</summary>
    public const int First = 0;
}
