using static DisklessKafka.Agent.Options.OptionText;

namespace DisklessKafka.Agent.Options;

/// <summary>One option of the agent under its one name: flag <c>--name</c>, environment <c>DISKLESS_NAME</c>, key <c>"name"</c> of the config file.</summary>
/// <param name="Placeholder">What stands for the value in help.</param>
/// <param name="Default">As help and the reference page show it.</param>
/// <param name="Apply">Throws <see cref="OptionException"/> with advice where the text is no value for the option.</param>
public sealed record AgentOption(string Name, string Placeholder, string Default, string Help, Func<AgentOptions, string, AgentOptions> Apply)
{
    public string Flag => "--" + Name;
    public string EnvironmentVariable => EnvironmentPrefix + Name.ToUpperInvariant().Replace('-', '_');

    public const string EnvironmentPrefix = "DISKLESS_";

    /// <summary>Gathers instead of replacing: Kafka's broker settings.</summary>
    public const string Settings = "set";

    private static readonly AgentOptions Defaults = new();
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>All options in the order in which help shows them.</summary>
    public static IReadOnlyList<AgentOption> All { get; } =
    [
        new("data", "DIR", "./data", "Keeps everything in one folder: short for --objects file:DIR/objects --metadata bucket:",
            (options, text) => options with { Data = NotEmpty(text, "write a folder, for example ./data") }),
        new("objects", "URL", "file:./data/objects", "Where records are stored: file:DIR, s3://BUCKET/PREFIX (with ?endpoint=…&region=…&pathStyle=true&accessKey=…&secretKey=… where the usual AWS settings do not say it), or memory:",
            (options, text) => options with { Objects = Scheme(text, "file:DIR, s3://BUCKET/PREFIX or memory:", "file:", "s3://", "memory:") }),
        new("metadata", "URL", "bucket:", "Where the metadata log is: bucket: (beside the records), postgres://USER:PASSWORD@HOST:PORT/DB, an Npgsql connection string, or memory:",
            (options, text) => options with { Metadata = Scheme(text, "bucket:, postgres://USER:PASSWORD@HOST:PORT/DB or memory:", "bucket:", "postgres://", "postgresql://", "memory:", "Host=", "Server=") }),

        new("listen", "HOST:PORT", Defaults.Listen.ToString(), "Where Kafka clients connect; [::] and 0.0.0.0 mean all addresses, port 0 picks a free one",
            (options, text) => options with { Listen = HostPort.Parse(text) }),
        new("advertise", "HOST:PORT", "listen's, or localhost", "What clients are told to connect to; port 0 means the one that is listened on",
            (options, text) => options with { Advertise = Reachable(HostPort.Parse(text)) }),
        new("http", "HOST:PORT", Defaults.Http.ToString()!, "Where /metrics, /healthz and /readyz are served; off for nowhere",
            (options, text) => options with { Http = text == "off" ? null : HostPort.Parse(text) }),
        new("zone", "NAME", "none", "Availability zone of this agent; clients are led to agents of their own zone",
            (options, text) => options with { Zone = ZoneName(text) }),

        new("flush-interval", "TIME", Show(Defaults.FlushInterval), "Longest that a record waits before its segment is uploaded",
            (options, text) => options with { FlushInterval = Duration(text, Millisecond, TimeSpan.FromMinutes(1)) }),
        new("gathering-delay", "TIME", Show(Defaults.GatheringDelay), "How long a quiet agent waits for more records before it uploads",
            (options, text) => options with { GatheringDelay = Duration(text, TimeSpan.Zero, TimeSpan.FromSeconds(10)) }),
        new("segment-bytes", "SIZE", Show(Defaults.SegmentBytes), "Size at which a segment is uploaded without waiting any longer",
            (options, text) => options with { SegmentBytes = (int)Size(text, 64 << 10, 64 << 20) }),
        new("uploads-in-flight", "N", Defaults.UploadsInFlight.ToString(System.Globalization.CultureInfo.InvariantCulture), "Segments uploaded side by side",
            (options, text) => options with { UploadsInFlight = Count(text, 1, 256) }),
        new("buffer-bytes", "SIZE", Show(Defaults.BufferBytes), "Memory for records that wait to be stored; when it is full, clients are slowed down",
            (options, text) => options with { BufferBytes = Size(text, 1 << 20, 1L << 40) }),
        new("cache-bytes", "SIZE", Show(Defaults.CacheBytes), "Memory for records that are read; a third of it is for old ones, so that they cannot push out new ones",
            (options, text) => options with { CacheBytes = Size(text, 4 << 20, 1L << 42) }),
        new("cache-chunk-bytes", "SIZE", Show(Defaults.CacheChunkBytes), "What one read from the object store brings into the cache",
            (options, text) => options with { CacheChunkBytes = (int)Size(text, 64 << 10, 64 << 20) }),
        new("cold-reads", "N", Defaults.ColdReads.ToString(System.Globalization.CultureInfo.InvariantCulture), "Reads of old records from the object store that run side by side",
            (options, text) => options with { ColdReads = Count(text, 1, 1024) }),

        new("session-timeout", "TIME", Show(Defaults.SessionTimeout), "How long a silent agent is still counted as alive by the others",
            (options, text) => options with { SessionTimeout = Duration(text, TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1)) }),
        new("drain-time", "TIME", Show(Defaults.DrainTime), "How long a stopping agent serves on, when there are others, so that clients can move over",
            (options, text) => options with { DrainTime = Duration(text, TimeSpan.Zero, TimeSpan.FromHours(1)) }),
        new("log-level", "LEVEL", Defaults.LogDetail.ToString().ToLowerInvariant(), "What is printed to the console: error, warning, information or debug",
            (options, text) => options with { LogDetail = Choice<LogDetail>(text) }),
        new(Settings, "NAME=VALUE", "none", "A Kafka broker setting, such as num.partitions=3 or auto.create.topics.enable=false; can be repeated",
            (options, text) => options with { Settings = WithSetting(options.Settings, text) }),
    ];

    public static AgentOption? Find(string name) => All.FirstOrDefault(option => option.Name == name);

    private static string NotEmpty(string text, string advice) => text.Trim().Length > 0 ? text.Trim() : throw new OptionException(advice);

    private static string Scheme(string text, string advice, params string[] schemes) =>
        schemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) ? text : throw new OptionException("write " + advice);

    private static HostPort Reachable(HostPort address) =>
        address.IsAny ? throw new OptionException($"clients cannot connect to {address.Host}; write the name or address by which they reach this machine") : address;

    private static string ZoneName(string text) =>
        text.Length is > 0 and <= 255 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
            ? text
            : throw new OptionException("write a name of letters, digits, '-', '_' and '.', for example eu-central-1a");

    private static Dictionary<string, string> WithSetting(IReadOnlyDictionary<string, string> settings, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new OptionException("write NAME=VALUE, for example num.partitions=3");
        var (name, value) = (text[..equals].Trim(), text[(equals + 1)..].Trim());
        if (Configs.BrokerConfigs.ValidateStatic(name, value) is { } error) throw new OptionException(error);
        return new Dictionary<string, string>(settings, StringComparer.Ordinal) { [name] = Configs.BrokerConfigs.Find(name)!.Canonical(value) };
    }
}
