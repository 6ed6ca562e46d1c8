using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent;

/// <summary>
/// What an agent does that had to stop. Whatever it was, it never carries on with what it knew: its state, its cache and its
/// session are given up. Where the log itself is sound it begins anew from the newest snapshot, as a started one does.
/// </summary>
public static class AgentRecovery
{
    /// <summary>How long it waits before each try.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>
    /// True where a new start reads what the old one could not: the log was trimmed past an agent that had stalled, or lost
    /// entries that this agent had seen. False where a start would come to the same end or must not be trusted: another
    /// agent's state differs, an entry is unreadable, or the cluster needs newer software.
    /// </summary>
    public static bool MayBeginAnew(Exception reason) => reason switch
    {
        LogTrimmedException or LogRewoundException => true,
        ReplicaStoppedException { InnerException: { } inner } => MayBeginAnew(inner),
        _ => false,
    };

    /// <summary>
    /// True where a start that failed may succeed a little later. State that is corrupt by itself, not as the reason why a
    /// replica stopped, is that of snapshots: they may have been damaged on their way only, and nothing was made of them.
    /// </summary>
    public static bool MayTryAgain(Exception failure) =>
        MayBeginAnew(failure) || failure is MetadataLogException { IsTransient: true } or ObjectStoreException { IsTransient: true } or CorruptStateException;
}
