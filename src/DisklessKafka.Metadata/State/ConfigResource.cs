namespace DisklessKafka.Metadata.State;

/// <summary>What a configuration belongs to.</summary>
/// <param name="Type">Kafka's resource type number (4 broker, 16 client metrics, 32 group). Topics keep theirs in <see cref="Topic"/>.</param>
/// <param name="Name">Empty for the default of all brokers.</param>
public readonly record struct ConfigResource(sbyte Type, string Name) : IComparable<ConfigResource>
{
    public const sbyte TopicType = 2;

    /// <summary>What holds for every broker unless its own configuration says otherwise.</summary>
    public static readonly ConfigResource AllBrokers = new(4, "");

    public int CompareTo(ConfigResource other) =>
        Type != other.Type ? Type.CompareTo(other.Type) : string.CompareOrdinal(Name, other.Name);

    public static bool operator <(ConfigResource left, ConfigResource right) => left.CompareTo(right) < 0;
    public static bool operator >(ConfigResource left, ConfigResource right) => left.CompareTo(right) > 0;
    public static bool operator <=(ConfigResource left, ConfigResource right) => left.CompareTo(right) <= 0;
    public static bool operator >=(ConfigResource left, ConfigResource right) => left.CompareTo(right) >= 0;
}
