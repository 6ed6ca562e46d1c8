namespace DisklessKafka.Chaos.Faults;

internal enum FaultKind
{
    /// <summary>SIGKILL to an agent; it is started anew.</summary>
    KillAgent,

    /// <summary>SIGTERM to an agent, as in a rolling upgrade.</summary>
    StopAgent,

    /// <summary>An agent goes for good, killed or in good order, and another one comes at another address: what an autoscaler does.</summary>
    ReplaceAgent,

    /// <summary>SIGSTOP for longer than the agent's session, then SIGCONT.</summary>
    PauseAgent,

    /// <summary>SIGKILL to all agents of a zone.</summary>
    LoseZone,

    /// <summary>All connections between an agent and Postgres are reset, and new ones as well.</summary>
    CutLog,

    /// <summary>Between an agent and Postgres nothing is relayed any more and nothing is closed.</summary>
    StallLog,

    /// <summary>Between an agent and Postgres everything takes longer.</summary>
    DelayLog,

    /// <summary>Some of Postgres' answers are lost together with their connection: appends are left in doubt.</summary>
    LoseLogAnswers,

    /// <summary>Like <see cref="CutLog"/>, with the object store.</summary>
    CutStore,

    /// <summary>Like <see cref="StallLog"/>, with the object store.</summary>
    StallStore,

    /// <summary>Like <see cref="DelayLog"/>, with the object store.</summary>
    DelayStore,

    /// <summary>Postgres is stopped in good order and started again.</summary>
    RestartPostgres,

    /// <summary>SIGKILL to Postgres and all its backends; it recovers from its log.</summary>
    KillPostgres,

    /// <summary>SIGKILL to the object store's gateway; it is started again.</summary>
    RestartStore,

    /// <summary>The object store answers 503 to many requests, or to all.</summary>
    StoreStorm,

    /// <summary>The embedded store's disk is full.</summary>
    FillDisk,
}
