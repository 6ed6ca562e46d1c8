using System.Text.RegularExpressions;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>A checked schema name. Only letters, digits, '_' and '-', so that quoting it can never go wrong.</summary>
internal sealed partial class SchemaName
{
    private SchemaName(string value) => Value = value;

    public string Value { get; }

    /// <summary>As it stands in SQL.</summary>
    public string Quoted => $"\"{Value}\"";

    /// <exception cref="MetadataLogException">The name does not do; says what does.</exception>
    public static SchemaName Parse(string name) =>
        Allowed().IsMatch(name) && !name.StartsWith("pg_", StringComparison.OrdinalIgnoreCase)
            ? new SchemaName(name)
            : throw new MetadataLogException(
                $"'{name}' cannot be the schema of a metadata log: write 1 to 63 letters, digits, '_' or '-', beginning with a letter or '_', not with 'pg_'",
                isTransient: false);

    public override string ToString() => Value;

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
    private static partial Regex Allowed();
}
