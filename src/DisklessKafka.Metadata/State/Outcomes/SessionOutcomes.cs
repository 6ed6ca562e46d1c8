namespace DisklessKafka.Metadata.State;

public enum RegisterAgentStatus
{
    Registered,

    /// <summary>This session has ended before. Begin another one.</summary>
    SessionEnded,

    /// <summary>The agent does not understand the cluster's feature level.</summary>
    LevelTooNew,
}

/// <param name="Ordinal">The session's; -1 unless registered.</param>
/// <param name="NodeId">The agent's; -1 unless registered.</param>
public sealed record RegisterAgentOutcome(RegisterAgentStatus Status, int Ordinal, int NodeId)
{
    internal static RegisterAgentOutcome Refused(RegisterAgentStatus status) => new(status, -1, -1);
}

/// <summary>For commands that can do nothing but succeed once their session lives.</summary>
public sealed record DoneOutcome
{
    public static readonly DoneOutcome Instance = new();

    private DoneOutcome() { }
}

/// <param name="FirstId">The first of the block.</param>
public sealed record AllocateProducerIdsOutcome(long FirstId, int Count);

/// <param name="ProducerId">Another than the one asked for where that one's epochs are used up or it never was one.</param>
public sealed record InitProducerIdOutcome(long ProducerId, short Epoch);

public enum RaiseFeatureLevelStatus
{
    Raised,

    /// <summary>The cluster is there already, or further.</summary>
    NotARaise,

    /// <summary>A live agent does not know this level.</summary>
    AgentTooOld,
}

/// <param name="Level">The cluster's now.</param>
/// <param name="Session">The ordinal of an agent's that is too old; -1 if none.</param>
public sealed record RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus Status, short Level, int Session);

public enum StateHashStatus
{
    Agrees,

    /// <summary>This replica's state was another one at that version. It must stop.</summary>
    Differs,

    /// <summary>This replica no longer knows what its state hashed to then, or was not there.</summary>
    NotKnown,
}

public sealed record StateHashOutcome(StateHashStatus Status);

public enum SnapshotTakenStatus
{
    Recorded,

    /// <summary>A newer one, or this one, is on record already.</summary>
    NotNewer,
}

public sealed record SnapshotTakenOutcome(SnapshotTakenStatus Status);

public enum ClaimJobStatus
{
    /// <summary>The job is this session's, as of now or already.</summary>
    Claimed,
    HeldByAnother,
}

/// <param name="Holder">The ordinal of the session that holds it now.</param>
public sealed record ClaimJobOutcome(ClaimJobStatus Status, int Holder);
