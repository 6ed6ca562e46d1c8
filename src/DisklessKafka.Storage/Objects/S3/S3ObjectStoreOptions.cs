namespace DisklessKafka.Storage.Objects.S3;

/// <summary>What is left out comes from the usual AWS settings: environment, profile, container or instance role.</summary>
public sealed record S3ObjectStoreOptions
{
    public required string Bucket { get; init; }

    /// <summary>Put in front of every key, as it is: usually empty or ending in '/'.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Base address of a server that is not AWS.</summary>
    public Uri? Endpoint { get; init; }

    public string? Region { get; init; }

    /// <summary>The bucket is named in the path instead of the host; most servers that are not AWS want it so.</summary>
    public bool PathStyle { get; init; }

    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    /// <summary>Open connections, and with it calls under way; more wait. S3 asks clients to use many for throughput.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>How long a connection may take to be made; the time a whole call may take is the caller's token.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Without the secret, also where a record would print it.</summary>
    public override string ToString() => $"s3://{Bucket}/{Prefix} at {Endpoint?.ToString() ?? Region ?? "AWS"}";
}
