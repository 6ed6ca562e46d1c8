namespace DisklessKafka.Agent.Read;

/// <summary>Which budget a read draws on: a replay of old data must neither evict the tail nor queue in front of it.</summary>
public enum ReadTemperature
{
    /// <summary>Near a partition's end, where most consumers are.</summary>
    Tail,

    /// <summary>Anywhere else: catch-up and replay.</summary>
    Cold,
}
