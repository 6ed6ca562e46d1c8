using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Reads <c>postgres://USER:PASSWORD@HOST:PORT/DB?…</c> (also <c>postgresql://</c>) or an Npgsql connection string.
/// Parameters of a URL are Npgsql's keywords or libpq's spellings of the common ones; both forms also take
/// <c>schema=NAME</c> and <c>newEpoch=true</c>.
/// No message from here repeats what it was given: there may be a password in it.
/// </summary>
public static class PostgresUrl
{
    private const string Advice = "write postgres://USER:PASSWORD@HOST:PORT/DB or an Npgsql connection string such as Host=db;Username=kafka;Database=kafka";

    private const string SchemaParameter = "schema";
    private const string EpochParameter = "newEpoch";

    public static bool IsUrl(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="MetadataLogException">It cannot be read; says what to write instead.</exception>
    public static PostgresLogOptions Parse(string text)
    {
        var ours = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var builder = IsUrl(text) ? FromUrl(text, ours) : FromConnectionString(text, ours);
        if (string.IsNullOrEmpty(builder.Host)) throw Bad("names no host");
        var options = new PostgresLogOptions { ConnectionString = builder.ConnectionString };
        if (ours.TryGetValue(SchemaParameter, out var schema)) options = options with { Schema = SchemaName.Parse(schema).Value };
        if (!ours.TryGetValue(EpochParameter, out var epoch)) return options;
        return bool.TryParse(epoch, out var begin) ? options with { BeginNewEpoch = begin } : throw Bad($"has a parameter '{EpochParameter}' that is neither true nor false");
    }

    /// <summary>HOST:PORT/DB of a connection string: what messages may show of it.</summary>
    public static string Describe(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return $"{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string text, Dictionary<string, string> ours)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            throw Bad("is not a complete URL (special characters in user or password are written as %XX)");

        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(url.Host.Trim('[', ']')) };
        if (url.Port > 0) builder.Port = url.Port;
        var database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/'));
        if (database.Length > 0) builder.Database = database;
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);

        foreach (var parameter in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = parameter.Split('=', 2);
            var value = pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "";
            if (IsOurs(pair[0])) ours[pair[0]] = value;
            else Set(builder, Uri.UnescapeDataString(pair[0]), value);
        }
        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        var keyword = name.ToLowerInvariant() switch
        {
            "sslmode" => "SSL Mode",
            "sslrootcert" => "Root Certificate",
            "sslcert" => "SSL Certificate",
            "sslkey" => "SSL Key",
            "sslpassword" => "SSL Password",
            "connect_timeout" => "Timeout",
            "application_name" => "Application Name",
            "target_session_attrs" => "Target Session Attributes",
            _ => name,
        };
        try
        {
            builder[keyword] = keyword == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            throw Bad($"has a parameter '{name}' that does not exist or has no such value (Npgsql's keywords and 'schema' do)");
        }
    }

    private static NpgsqlConnectionStringBuilder FromConnectionString(string text, Dictionary<string, string> ours)
    {
        try
        {
            var parts = new System.Data.Common.DbConnectionStringBuilder { ConnectionString = text };
            foreach (var name in new[] { SchemaParameter, EpochParameter })
            {
                if (parts.TryGetValue(name, out var value)) ours[name] = (string)value;
                parts.Remove(name);
            }
            return new NpgsqlConnectionStringBuilder(parts.ConnectionString);
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            throw Bad("cannot be read");
        }
    }

    private static bool IsOurs(string name) =>
        name.Equals(SchemaParameter, StringComparison.OrdinalIgnoreCase) || name.Equals(EpochParameter, StringComparison.OrdinalIgnoreCase);

    private static MetadataLogException Bad(string what) => new($"the Postgres address of the metadata log {what}: {Advice}", isTransient: false);
}
