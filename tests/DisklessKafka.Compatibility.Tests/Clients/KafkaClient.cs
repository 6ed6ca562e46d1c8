using System.Text;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>A record as a client sends or reads it.</summary>
/// <param name="Timestamp">In milliseconds since 1970; null where the client cannot set it.</param>
/// <param name="Offset">Known only of records read.</param>
public sealed record ClientRecord(byte[]? Key, byte[]? Value, IReadOnlyList<(string Name, byte[]? Value)> Headers, long? Timestamp, long? Offset = null)
{
    /// <summary>All that must come back as it went in, in a form that a failed assertion shows readably.</summary>
    public string Describe(bool withTimestamp)
    {
        var headers = string.Join(",", Headers.Select(header => $"{header.Name}={Show(header.Value)}"));
        return $"{Show(Key)} -> {Show(Value)} [{headers}]{(withTimestamp ? $" at {Timestamp}" : "")}";
    }

    private static string Show(byte[]? bytes) => bytes is null ? "null" : $"'{Encoding.Latin1.GetString(bytes)}'";
}

/// <summary>Where reading begins.</summary>
public readonly record struct StartingPoint(long? Offset, long? Timestamp)
{
    public static StartingPoint AtOffset(long offset) => new(offset, null);

    /// <param name="timestamp">In milliseconds since 1970.</param>
    public static StartingPoint AtTime(long timestamp) => new(null, timestamp);
}

/// <summary>What a client library can do at all.</summary>
[Flags]
public enum Abilities
{
    None = 0,
    Idempotence = 1,
    Timestamps = 2,
    BinaryValues = 4,
    NullHeaders = 8,
    DeleteRecords = 16,
    Admin = 32,
    All = Idempotence | Timestamps | BinaryValues | NullHeaders | DeleteRecords | Admin,
}

/// <summary>One unmodified client library. Every call opens its own connections.</summary>
internal abstract class KafkaClient
{
    public abstract string Name { get; }

    public virtual Abilities Abilities => Abilities.All;

    /// <summary>Compressions it can write.</summary>
    public virtual IReadOnlyList<string> Writes => ["none", "gzip", "snappy", "lz4", "zstd"];

    /// <summary>Compressions it can read.</summary>
    public virtual IReadOnlyList<string> Reads => Writes;

    public bool Can(Abilities abilities) => (Abilities & abilities) == abilities;

    /// <summary>Sends all records to one partition, waiting for acknowledgements from all replicas.</summary>
    /// <returns>The first record's offset, or null where the client does not tell.</returns>
    public abstract Task<long?> ProduceAsync(string bootstrap, string topic, int partition, string compression, bool idempotent, IReadOnlyList<ClientRecord> records);

    /// <summary>Reads the next <paramref name="count"/> records of one partition, without a consumer group.</summary>
    public abstract Task<IReadOnlyList<ClientRecord>> ConsumeAsync(string bootstrap, string topic, int partition, StartingPoint start, int count);

    /// <summary>Joins the group, reads what it has not read of the topic until it has <paramref name="count"/> records, commits them and leaves.</summary>
    /// <returns>The records' values as text.</returns>
    public abstract Task<IReadOnlyList<string>> ConsumeInGroupAsync(string bootstrap, string topic, string group, int count);

    /// <summary>Runs admin steps one after another.</summary>
    public virtual Task<IReadOnlyList<AdminResult>> AdministerAsync(string bootstrap, params IReadOnlyList<AdminStep> steps) =>
        throw new NotSupportedException($"{Name} has no admin client");

    public override string ToString() => Name;
}
