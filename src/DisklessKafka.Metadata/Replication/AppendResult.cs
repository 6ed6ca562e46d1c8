namespace DisklessKafka.Metadata.Replication;

/// <summary>How an append ended for the one who waited for it.</summary>
public enum AppendStatus
{
    /// <summary>This replica has applied it: there is an outcome.</summary>
    Applied,

    /// <summary>It is not in the log and never will be.</summary>
    NotAppended,

    /// <summary>It may be in the log already or get there yet; the caller's time was up first, or the replica has stopped.</summary>
    OutcomeUnknown,

    /// <summary>The session is dead. It changed nothing and never will.</summary>
    SessionEnded,

    /// <summary>The cluster's feature level does not include the command. It changed nothing.</summary>
    LevelTooLow,
}

/// <param name="Outcome">What the state machine answered; null unless <see cref="AppendStatus.Applied"/>.</param>
public readonly record struct AppendResult<TOutcome>(AppendStatus Status, TOutcome? Outcome) where TOutcome : class;
