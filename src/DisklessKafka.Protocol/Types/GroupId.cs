namespace DisklessKafka.Protocol;

/// <summary>A group's name: of consumers, Connect workers or whatever else coordinates through the group protocol.</summary>
public readonly record struct GroupId(string Value) : IComparable<GroupId>
{
    /// <summary>Never null: the default is the empty name.</summary>
    public string Value { get => field ?? ""; } = Value;

    public bool Equals(GroupId other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Ordinal: the same on every machine.</summary>
    public int CompareTo(GroupId other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(GroupId left, GroupId right) => left.CompareTo(right) < 0;
    public static bool operator >(GroupId left, GroupId right) => left.CompareTo(right) > 0;
    public static bool operator <=(GroupId left, GroupId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(GroupId left, GroupId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;
}
