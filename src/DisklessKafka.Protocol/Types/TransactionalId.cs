namespace DisklessKafka.Protocol;

/// <summary>The name by which a transactional producer is known across its lives.</summary>
public readonly record struct TransactionalId(string Value) : IComparable<TransactionalId>
{
    /// <summary>Never null: the default is the empty name.</summary>
    public string Value { get => field ?? ""; } = Value;

    public bool Equals(TransactionalId other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Ordinal: the same on every machine.</summary>
    public int CompareTo(TransactionalId other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(TransactionalId left, TransactionalId right) => left.CompareTo(right) < 0;
    public static bool operator >(TransactionalId left, TransactionalId right) => left.CompareTo(right) > 0;
    public static bool operator <=(TransactionalId left, TransactionalId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(TransactionalId left, TransactionalId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;
}
