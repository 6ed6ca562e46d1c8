using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;

namespace DisklessKafka.Cli;

/// <summary>The object store and the metadata log that the options name, opened and measured.</summary>
internal sealed class AgentStores : IAsyncDisposable
{
    private AgentStores(IObjectStore objects, IMetadataLog log, string objectsText)
    {
        Objects = objects;
        Log = log;
        ObjectsText = objectsText;
    }

    public IObjectStore Objects { get; }
    public IMetadataLog Log { get; }

    /// <summary>The object store's address, fit to print.</summary>
    public string ObjectsText { get; }

    /// <exception cref="OptionException">An address cannot be read.</exception>
    /// <exception cref="ObjectStoreException">The object store cannot be used.</exception>
    /// <exception cref="MetadataLogException">The metadata log cannot be used.</exception>
    public static async Task<AgentStores> OpenAsync(AgentOptions options, Meter meter, TimeProvider time, Random random, CancellationToken cancellation)
    {
        var url = Parse(options.Objects);
        var bare = await url.OpenAsync(new ObjectStoreServices(time, new BlockingIoScheduler(), random, meter), cancellation);
        var objects = new MeteredObjectStore(bare, meter, time);
        try
        {
            return new(objects, new MeteredMetadataLog(await OpenLogAsync(options.Metadata, objects, time, cancellation), meter, time), url.Redacted);
        }
        catch
        {
            await objects.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Objects.DisposeAsync();
    }

    private static ObjectStoreUrl Parse(string text)
    {
        try
        {
            return ObjectStoreUrl.Parse(text);
        }
        catch (FormatException e)
        {
            throw new OptionException($"objects: {e.Message}");
        }
    }

    private static async Task<IMetadataLog> OpenLogAsync(string address, IObjectStore objects, TimeProvider time, CancellationToken cancellation) => address switch
    {
        "bucket:" => await BucketMetadataLog.OpenAsync(objects, time, null, cancellation),
        "memory:" => new MemoryMetadataLog(time),
        _ => await PostgresMetadataLog.OpenAsync(PostgresUrl.Parse(address), cancellation),
    };
}
