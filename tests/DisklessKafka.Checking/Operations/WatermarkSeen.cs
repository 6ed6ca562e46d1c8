namespace DisklessKafka.Checking.Operations;

public enum Watermark
{
    /// <summary>Of a fetch or produce, or ListOffsets for the latest offset.</summary>
    HighWatermark,

    /// <summary>The same for readers of committed records.</summary>
    LastStableOffset,

    /// <summary>Of a fetch or produce, or ListOffsets for the earliest offset.</summary>
    LogStart,
}

/// <summary>An offset that only ever grows, as a broker told it.</summary>
public sealed class WatermarkSeen : Operation
{
    /// <summary>
    /// The scope of answers that hold for all brokers, as those of ListOffsets: later ones are never lower, whoever asks where,
    /// and none is below what was acknowledged before.
    /// </summary>
    public const int Everywhere = 0;

    public required PartitionName Partition { get; init; }

    public required Watermark Watermark { get; init; }

    public required long Value { get; init; }

    /// <summary>Answers of one scope are never lower than earlier ones. What a fetch says is only held against fetches from the same broker.</summary>
    public int Scope { get; init; } = Everywhere;

    protected override string Describe() => $"saw {Watermark} {Value} of {Partition} in scope {Scope}";
}
