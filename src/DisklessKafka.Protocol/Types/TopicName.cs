namespace DisklessKafka.Protocol;

/// <summary>A topic's name. Compared byte by byte; Kafka's names know no case or culture.</summary>
public readonly record struct TopicName(string Value) : IComparable<TopicName>
{
    /// <summary>Never null: the default is the empty name.</summary>
    public string Value { get => field ?? ""; } = Value;

    public bool Equals(TopicName other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Ordinal: the same on every machine.</summary>
    public int CompareTo(TopicName other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(TopicName left, TopicName right) => left.CompareTo(right) < 0;
    public static bool operator >(TopicName left, TopicName right) => left.CompareTo(right) > 0;
    public static bool operator <=(TopicName left, TopicName right) => left.CompareTo(right) <= 0;
    public static bool operator >=(TopicName left, TopicName right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;
}
