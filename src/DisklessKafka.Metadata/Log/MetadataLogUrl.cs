using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Log;

/// <summary>
/// Where the metadata log is kept, as one writes it: <c>bucket:</c> (beside the objects), <c>postgres://…</c>, an Npgsql
/// connection string, or <c>memory:</c>. Its text never holds a password.
/// </summary>
public sealed class MetadataLogUrl
{
    private const string Help = "write bucket:, postgres://USER:PASSWORD@HOST:PORT/DB, an Npgsql connection string, or memory:";
    private readonly Func<IObjectStore, TimeProvider, CancellationToken, ValueTask<IMetadataLog>> _open;

    private MetadataLogUrl(string redacted, Func<IObjectStore, TimeProvider, CancellationToken, ValueTask<IMetadataLog>> open) =>
        (Redacted, _open) = (redacted, open);

    /// <summary>Safe to print and log.</summary>
    public string Redacted { get; }

    public override string ToString() => Redacted;

    /// <exception cref="MetadataLogException">Says in one line what is wrong and what to write instead.</exception>
    public static MetadataLogUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text)
        {
            case "":
                throw Bad("the address of the metadata log is empty");
            case "bucket:":
                return new(text, async (objects, time, cancellation) => await BucketMetadataLog.OpenAsync(objects, time, null, cancellation));
            case "memory:":
                return new(text, (_, time, _) => new(new MemoryMetadataLog(time)));
        }
        if (text.StartsWith("bucket", StringComparison.OrdinalIgnoreCase) || text.StartsWith("memory", StringComparison.OrdinalIgnoreCase))
            throw Bad($"nothing may follow '{text[..6]}:'");
        if (!PostgresUrl.IsUrl(text) && !text.Contains('=', StringComparison.Ordinal))
            throw Bad(text.Contains(':', StringComparison.Ordinal) ? $"there is no metadata log of the kind '{text[..text.IndexOf(':', StringComparison.Ordinal)]}'" : "the address names no kind of metadata log");
        var options = PostgresUrl.Parse(text);
        return new($"postgres://{PostgresUrl.Describe(options.ConnectionString)}?schema={options.Schema}",
            async (_, _, cancellation) => await PostgresMetadataLog.OpenAsync(options, cancellation));
    }

    /// <summary>Opens the log and tries it out once.</summary>
    /// <param name="objects">Holds the log of <c>bucket:</c>; borrowed.</param>
    /// <exception cref="MetadataLogException">Unreachable, misconfigured or of a newer format: one line that says what and where.</exception>
    public ValueTask<IMetadataLog> OpenAsync(IObjectStore objects, TimeProvider time, CancellationToken cancellation) => _open(objects, time, cancellation);

    private static MetadataLogException Bad(string what) => new($"{what}: {Help}", isTransient: false);
}
