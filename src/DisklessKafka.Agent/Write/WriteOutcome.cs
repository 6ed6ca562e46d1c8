namespace DisklessKafka.Agent.Write;

/// <summary>What became of one appended batch.</summary>
/// <param name="BaseOffset">The first record's offset if committed (also where an earlier try of the same batch was), else -1.</param>
/// <param name="LogStartOffset">The partition's, at the commit; -1 if unknown.</param>
public readonly record struct WriteOutcome(WriteStatus Status, long BaseOffset, long LogStartOffset)
{
    /// <summary>Measured, not decided: default where the batch was not committed.</summary>
    public WriteWait Wait { get; init; }

    public static WriteOutcome Failed(WriteStatus status) => new(status, -1, -1);
}
