namespace DisklessKafka.Storage.Objects.Memory;

public sealed record MemoryObjectStoreOptions
{
    /// <summary>How long a put or create takes before its effect is there.</summary>
    public TimeSpan PutLatency { get; init; }

    /// <summary>How long a read takes before the bytes are copied.</summary>
    public TimeSpan GetLatency { get; init; }

    /// <summary>
    /// Bytes of objects held; a write past it fails as a full disk does. Nothing else bounds what the store holds.
    /// </summary>
    public long CapacityBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// For load tests that write more than fits: past the capacity the oldest objects are forgotten instead of refusing
    /// new ones. That loses data, which is why it is off unless asked for.
    /// </summary>
    public bool ForgetOldest { get; init; }
}
