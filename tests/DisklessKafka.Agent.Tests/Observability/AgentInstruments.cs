using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Write;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Objects.Resilience;
using DisklessKafka.TestKit.Agents;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DisklessKafka.Agent.Tests.Observability;

/// <summary>Every instrument that an agent has, made the way the agent makes them, and used a little.</summary>
internal static class AgentInstruments
{
    public static async Task UseAsync(Meter meter)
    {
        ProcessMetrics.Observe(meter, "zone-a");
        _ = new WriteMetrics(meter);
        _ = new SegmentCache(new MemoryObjectStore(TimeProvider.System, new()), new CacheOptions(), new ReadMetrics(meter));
        await using var server = new KafkaServer([], new ApiRegistry([]), new FrontEndOptions(), TimeProvider.System, meter, NullLoggerFactory.Instance);

        await using var cluster = new InProcessCluster();
        ReplicaMetrics.Observe(meter, await cluster.StartAgentAsync());

        var bare = new MemoryObjectStore(TimeProvider.System, new());
        await using var objects = new MeteredObjectStore(new ResilientObjectStore(bare, new ResilienceOptions(), TimeProvider.System, new Random(1), meter), meter, TimeProvider.System);
        await objects.PutAsync("a", new([1, 2, 3]), CancellationToken.None);
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await objects.ReadAsync("b", 0, new byte[1], CancellationToken.None));

        await using var log = new MeteredMetadataLog(new MemoryMetadataLog(TimeProvider.System), meter, TimeProvider.System);
        await log.AppendAsync(Guid.NewGuid(), 1, new byte[10], CancellationToken.None);
        await log.ReadAsync(default, 100, CancellationToken.None);
    }
}
