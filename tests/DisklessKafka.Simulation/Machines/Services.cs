using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Simulation.Faults;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Machines;

/// <summary>What all agents share: the metadata log and the object store, each on a machine of its own.</summary>
internal sealed class Services
{
    public Services(SimulatedWorld world, Random random)
    {
        LogNode = world.AddNode("log");
        StoreNode = world.AddNode("store");
        LogWeather = new LogWeather(new Random(random.Next()));
        StoreWeather = new StoreWeather(new Random(random.Next()));
        Log = new MemoryMetadataLog(LogNode.Clock, LogWeather);
        Objects = new MemoryObjectStore(StoreNode.Clock, faults: StoreWeather);
    }

    public SimulatedNode LogNode { get; }

    public SimulatedNode StoreNode { get; }

    public LogWeather LogWeather { get; }

    public StoreWeather StoreWeather { get; }

    public MemoryMetadataLog Log { get; }

    public MemoryObjectStore Objects { get; }
}
