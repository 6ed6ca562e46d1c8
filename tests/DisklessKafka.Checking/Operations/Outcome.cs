namespace DisklessKafka.Checking.Operations;

/// <summary>What a client was told about an operation.</summary>
public enum Outcome
{
    /// <summary>Nothing yet. Where a client waits for it to the end it is stuck; for all else the same as unknown.</summary>
    Pending,

    Succeeded,

    /// <summary>Refused for certain: it had no effect and will have none.</summary>
    Failed,

    /// <summary>A lost connection or a time-out: it may have had its effect, or may yet.</summary>
    Unknown,
}
