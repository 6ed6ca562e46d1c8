namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>How a <see cref="PostgresMetadataLog"/> reaches its server and what it allows it.</summary>
public sealed record PostgresLogOptions
{
    /// <summary>An Npgsql connection string; <see cref="PostgresUrl"/> makes one from a URL. TLS is as it says.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>One cluster's own schema; created when absent.</summary>
    public string Schema { get; init; } = "diskless";

    /// <summary>For a connection to stand, TLS and authentication included. Whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For one statement on the server; the client waits a second more, then an append is in doubt. Whole seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A trim starts a new table once the newest one holds this much, so that old entries can go as whole tables.</summary>
    public long GenerationBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Set once, by hand, after the log was restored into a server whose transaction ids are behind those stored:
    /// new entries then order after all restored ones. Never leave it set.
    /// </summary>
    public bool BeginNewEpoch { get; init; }
}
