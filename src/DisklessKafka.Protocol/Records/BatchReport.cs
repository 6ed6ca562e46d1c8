namespace DisklessKafka.Protocol.Records;

/// <summary>What checking a batch found.</summary>
public readonly struct BatchReport
{
    /// <summary>The header; its default if the batch has no readable one.</summary>
    public BatchHeader Header { get; internal init; }

    /// <summary>
    /// The latest of the records' timestamps, or -1. Where it differs from the header's, the producer was wrong and
    /// <see cref="BatchPatch.SetMaxTimestamp"/> puts it right: searches by time depend on it.
    /// Known only of valid batches of topics that keep producers' times.
    /// </summary>
    public long MaxTimestampMs { get; internal init; }

    /// <summary>The records at fault, the first hundred of them; empty where the batch as a whole is.</summary>
    public IReadOnlyList<RecordError> Errors => _errors ?? [];

    private readonly IReadOnlyList<RecordError>? _errors;

    internal BatchReport(IReadOnlyList<RecordError>? errors) => _errors = errors;
}
