namespace DisklessKafka.Protocol.Records;

/// <summary>What a batch is checked against: the topic's settings, the request's version, and the time.</summary>
public sealed record BatchRules
{
    /// <summary>Kafka's default of max.message.bytes: 1 MiB and the header of a message set of old.</summary>
    public const int DefaultMaxMessageBytes = 1048588;

    /// <summary>max.message.bytes: the largest batch, as compressed, header included.</summary>
    public int MaxMessageBytes { get; init; } = DefaultMaxMessageBytes;

    /// <summary>True if the topic is compacted.</summary>
    public bool RequiresKeys { get; init; }

    /// <summary>True if message.timestamp.type is LogAppendTime; producers' times are then of no interest.</summary>
    public bool IsLogAppendTime { get; init; }

    /// <summary>message.timestamp.before.max.ms: how old a record may be.</summary>
    public long MaxAgeMs { get; init; } = long.MaxValue;

    /// <summary>message.timestamp.after.max.ms: how far ahead a record may be.</summary>
    public long MaxAheadMs { get; init; } = 3_600_000;

    /// <summary>Bounds on what compressed records may become.</summary>
    public DecompressionLimits Limits { get; init; } = DecompressionLimits.Default;
}

/// <summary>What of a produce request bears on its batches.</summary>
/// <param name="NowMs">Milliseconds since 1970.</param>
/// <param name="ApiVersion">Version of the produce request; zstd needs 7.</param>
/// <param name="IsTransactional">True if the request names a transactional id.</param>
public readonly record struct BatchContext(long NowMs, short ApiVersion, bool IsTransactional);
