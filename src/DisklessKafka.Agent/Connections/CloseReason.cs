namespace DisklessKafka.Agent.Connections;

/// <summary>Why a connection ended: the tag of the metric and the word in the log.</summary>
internal enum CloseReason
{
    /// <summary>Not closing.</summary>
    None,

    /// <summary>The client sent FIN or RST.</summary>
    ClientLeft,

    /// <summary>The client left in the middle of a frame.</summary>
    TruncatedFrame,

    /// <summary>The agent is shutting down.</summary>
    Drained,

    Idle,
    NoFirstRequest,
    SlowFrame,
    WriteStalled,
    TooManyConnections,
    TooManyFromAddress,

    /// <summary>A length prefix under 8 or above the limit; also what HTTP and TLS on this port look like.</summary>
    BadFrameLength,

    /// <summary>Header or body do not decode.</summary>
    Malformed,

    /// <summary>An API or a version that is not served.</summary>
    UnsupportedApi,

    /// <summary>A handler failed and its API has no way to say so.</summary>
    HandlerFailed,

    /// <summary>The agent can no longer follow the metadata log, and serves nothing from what it knew.</summary>
    ReplicaStopped,

    /// <summary>A handler wanted it, after its answer.</summary>
    HandlerAsked,

    /// <summary>Our own mistake.</summary>
    InternalError,
}
