using System.Diagnostics.Metrics;
using DisklessKafka.Storage.Objects.Local;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Objects.Resilience;
using DisklessKafka.Storage.Objects.S3;

namespace DisklessKafka.Storage.Objects;

/// <summary>What an object store may need of its surroundings.</summary>
/// <param name="BlockingIo">Runs calls that block in the kernel, see <see cref="BlockingIoScheduler"/>.</param>
/// <param name="Chance">Spreads retries and names probes; used under a lock.</param>
/// <param name="Meter">Gets the instruments that count tries.</param>
public sealed record ObjectStoreServices(TimeProvider Time, TaskScheduler BlockingIo, Random Chance, Meter Meter);

/// <summary>
/// Where objects are kept, as one writes it: <c>file:DIR</c>, <c>s3://BUCKET/PREFIX?…</c> or <c>memory:?…</c>.
/// Its text never holds the secret key.
/// </summary>
public abstract class ObjectStoreUrl
{
    private const string Help = "write file:DIR, s3://BUCKET/PREFIX or memory:";

    /// <summary>Safe to print and log.</summary>
    public abstract string Redacted { get; }

    public sealed override string ToString() => Redacted;

    /// <exception cref="FormatException">Says in one line what is wrong and what to write instead.</exception>
    public static ObjectStoreUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("file:", StringComparison.Ordinal))
            return new LocalObjectStoreUrl(text["file:".Length..]);
        if (text.StartsWith("s3://", StringComparison.Ordinal))
            return S3ObjectStoreUrl.ParseRest(text["s3://".Length..]);
        if (text == "memory:" || text.StartsWith("memory:?", StringComparison.Ordinal))
            return MemoryObjectStoreUrl.ParseRest(text["memory:".Length..]);
        var scheme = text.IndexOf(':', StringComparison.Ordinal);
        throw new FormatException(text switch
        {
            "" => $"the object store's URL is empty: {Help}",
            _ when text.StartsWith("memory", StringComparison.Ordinal) => "nothing but parameters may follow memory: as in memory:?putLatencyMs=50",
            _ when text.StartsWith("s3:", StringComparison.Ordinal) => "an S3 URL begins with two slashes: s3://BUCKET/PREFIX",
            _ when scheme < 0 || text[0] is '.' or '/' => $"'{text}' names no kind of object store: for a directory write file:{text}",
            _ => $"there is no object store of the kind '{text[..scheme]}': {Help}",
        });
    }

    /// <summary>
    /// Opens the store, tries out once all that is asked of it later, and puts <see cref="ResilientObjectStore"/> around it.
    /// </summary>
    /// <exception cref="ObjectStoreException">It cannot be used; one plain line says what is wrong, and where.</exception>
    public async Task<IObjectStore> OpenAsync(ObjectStoreServices services, CancellationToken cancellation)
    {
        var bare = OpenBare(services);
        try
        {
            await new ObjectStoreProbe(services.Time, services.Chance).RunAsync(bare, this, cancellation);
            return new ResilientObjectStore(bare, Resilience, services.Time, services.Chance, services.Meter);
        }
        catch
        {
            await bare.DisposeAsync();
            throw;
        }
    }

    /// <summary>The store itself, not yet asked anything: one try a call.</summary>
    /// <exception cref="ObjectStoreException">It cannot be used; the message says why.</exception>
    public abstract IObjectStore OpenBare(ObjectStoreServices services);

    /// <summary>Only a store across a network gains from a second request beside a slow one.</summary>
    private protected virtual ResilienceOptions Resilience => new ResilienceOptions().WithoutHedging();
}

/// <summary><c>file:DIR</c>, absolute or relative to the working directory.</summary>
public sealed class LocalObjectStoreUrl : ObjectStoreUrl
{
    internal LocalObjectStoreUrl(string path)
    {
        Directory = path.StartsWith("//", StringComparison.Ordinal) ? "/" + path.TrimStart('/') : path;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new FormatException("file: needs a directory, as in file:./data/objects");
    }

    public string Directory { get; }

    public override string Redacted => $"file:{Directory}";

    public override IObjectStore OpenBare(ObjectStoreServices services) => LocalObjectStore.Open(Directory, services.BlockingIo);
}

/// <summary>
/// <c>memory:</c>, with <c>putLatencyMs</c>, <c>getLatencyMs</c> and <c>keepMiB</c> (the oldest objects are forgotten past
/// it) for experiments. Each opening makes an empty store of its own.
/// </summary>
public sealed class MemoryObjectStoreUrl : ObjectStoreUrl
{
    private readonly UrlParameters _parameters;

    private MemoryObjectStoreUrl(UrlParameters parameters)
    {
        _parameters = parameters;
        Options = new()
        {
            PutLatency = TimeSpan.FromMilliseconds(parameters.Number("putLatencyMs", max: 3_600_000) ?? 0),
            GetLatency = TimeSpan.FromMilliseconds(parameters.Number("getLatencyMs", max: 3_600_000) ?? 0),
        };
        if (parameters.Number("keepMiB", max: 1 << 30) is { } keep)
            Options = Options with { CapacityBytes = (long)keep << 20, ForgetOldest = true };
    }

    public MemoryObjectStoreOptions Options { get; }

    public override string Redacted => $"memory:{_parameters}";

    public override IObjectStore OpenBare(ObjectStoreServices services) => new MemoryObjectStore(services.Time, Options);

    internal static MemoryObjectStoreUrl ParseRest(string rest) =>
        new(UrlParameters.Parse("memory:", rest.TrimStart('?'), "putLatencyMs", "getLatencyMs", "keepMiB"));
}
