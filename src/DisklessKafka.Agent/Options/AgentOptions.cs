using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata;

namespace DisklessKafka.Agent.Options;

/// <summary>How much the agent prints to the console.</summary>
public enum LogDetail
{
    Error,
    Warning,
    Information,
    Debug,
}

/// <summary>Everything an agent is started with. Made by <see cref="AgentOptionsLoader"/>, which has checked it, combinations included.</summary>
public sealed record AgentOptions
{
    public HostPort Listen { get; init; } = new("::", 9092);

    /// <summary>What clients are told; null: follows from <see cref="Listen"/>. A port of 0 means the port that is listened on.</summary>
    public HostPort? Advertise { get; init; }

    /// <summary>Where metrics and health are served; null: nowhere.</summary>
    public HostPort? Http { get; init; } = new("127.0.0.1", 9644);

    /// <summary>Availability zone; empty: none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Folder of the embedded default; null where objects or metadata were named themselves.</summary>
    public string? Data { get; init; }

    /// <summary>Address of the object store. May hold credentials: print it through <see cref="Secrets.Redact"/>.</summary>
    public string Objects { get; init; } = "";

    /// <summary>Address of the metadata log. May hold credentials: print it through <see cref="Secrets.Redact"/>.</summary>
    public string Metadata { get; init; } = "bucket:";

    /// <summary>Age of its oldest batch at which a segment is sealed.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a quiet agent waits for company before it seals a lone batch.</summary>
    public TimeSpan GatheringDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Size at which a segment is sealed.</summary>
    public int SegmentBytes { get; init; } = 8 << 20;

    /// <summary>Segments uploaded side by side.</summary>
    public int UploadsInFlight { get; init; } = 4;

    /// <summary>Bytes of records that wait to be stored; past it connections are not read from.</summary>
    public long BufferBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of segments kept in memory for readers. A third of it is kept for reads of old data, so that they cannot push out new data.</summary>
    public long CacheBytes { get; init; } = 384L << 20;

    /// <summary>What one read from the object store brings in.</summary>
    public int CacheChunkBytes { get; init; } = 8 << 20;

    /// <summary>Reads from the object store that run side by side for data not in the cache.</summary>
    public int ColdReads { get; init; } = 8;

    /// <summary>How long an agent that went silent stays a member of the cluster.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stopping agent keeps serving after it is no longer listed, when there are others.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How the replica behaves; not an operator's choice.</summary>
    public ReplicaOptions Replica { get; init; } = new();

    public LogDetail LogDetail { get; init; } = LogDetail.Warning;

    /// <summary>Kafka's broker settings that were given at start, by Kafka's names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Kafka's broker settings at start: the operator's, and what follows from the agent's own options.</summary>
    public BrokerSettings BrokerSettings => new(
        new Dictionary<string, string>(Settings, StringComparer.Ordinal)
        {
            ["listeners"] = $"PLAINTEXT://{Listen}",
            ["log.dirs"] = Secrets.Redact(Objects),
            ["log.dir"] = Secrets.Redact(Objects),
        },
        new Dictionary<string, string>());

    /// <summary>What clients are told to connect to.</summary>
    /// <param name="boundPort">The port that is listened on.</param>
    public HostPort Advertised(int boundPort)
    {
        var address = Advertise ?? (Listen.IsAny ? new HostPort("localhost", 0) : Listen.WithPort(0));
        return address.Port == 0 ? address.WithPort(boundPort) : address;
    }
}
