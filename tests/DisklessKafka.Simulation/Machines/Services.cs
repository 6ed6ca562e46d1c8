using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Simulation.Faults;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Machines;

/// <summary>What all agents share: the metadata log and the object store, each on a machine of its own.</summary>
internal sealed class Services
{
    /// <summary>Short enough that trimmed entries are deleted within a run; longer than any call and any stop takes.</summary>
    private static readonly BucketLogOptions BucketOptions = new() { TrimGrace = TimeSpan.FromMinutes(3) };

    public Services(SimulatedWorld world, bool logInBucket, Random random)
    {
        LogInBucket = logInBucket;
        LogNode = world.AddNode("log");
        StoreNode = world.AddNode("store");
        LogWeather = new LogWeather(new Random(random.Next()));
        StoreWeather = new StoreWeather(new Random(random.Next()));
        Log = new MemoryMetadataLog(LogNode.Clock, LogWeather);
        Objects = new MemoryObjectStore(StoreNode.Clock, faults: StoreWeather);
    }

    public bool LogInBucket { get; }

    public SimulatedNode LogNode { get; }

    public SimulatedNode StoreNode { get; }

    public LogWeather LogWeather { get; }

    public StoreWeather StoreWeather { get; }

    public MemoryMetadataLog Log { get; }

    public MemoryObjectStore Objects { get; }

    /// <summary>The metadata log as one process comes to it: over its own link, or in the object store as it reaches that.</summary>
    public IMetadataLog OpenLog(IObjectStore objects, Link link, TimeProvider time) =>
        LogInBucket ? new BucketMetadataLog(objects, time, BucketOptions) : new RemoteLog(Log, link);
}
