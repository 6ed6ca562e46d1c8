using System.ComponentModel.DataAnnotations;

namespace DisklessKafka.Agent.Read;

/// <summary>What a fetch may ask for at most.</summary>
public sealed record FetchOptions
{
    /// <summary>Bytes of records in one answer; Kafka's fetch.max.bytes of brokers.</summary>
    [Range(1 << 10, 1 << 30)] public int MaxBytes { get; init; } = 55 << 20;

    /// <summary>The longest a fetch waits for its minimum bytes.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(60);
}
