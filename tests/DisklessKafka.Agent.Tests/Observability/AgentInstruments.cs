using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Observability;

namespace DisklessKafka.Agent.Tests.Observability;

/// <summary>Every instrument that an agent has, made the way the agent makes them.</summary>
internal sealed class AgentInstruments
{
    private readonly WriteMetrics _writes;
    private readonly ReadMetrics _reads;

    public AgentInstruments(Meter meter)
    {
        ProcessMetrics.Observe(meter, "zone-a");
        _writes = new(meter);
        _writes.Observe(() => 1, () => 2, () => 3);
        _reads = new(meter);
        _reads.Observe(() => 1, () => 2, () => 3);
    }

    public void UseAll()
    {
        _writes.Accepted(1, 2, 3);
        _writes.Refused("CORRUPT_MESSAGE");
        _writes.Sealed(SealCause.Age, 1 << 20, 10, TimeSpan.FromMilliseconds(250));
        _writes.Uploaded(TimeSpan.FromMilliseconds(50));
        _writes.UploadFailed();
        _writes.Appended(TimeSpan.FromMilliseconds(2));
        _writes.AppendFailed();
        _writes.Replayed(TimeSpan.FromMilliseconds(1));
        _writes.Answered(TimeSpan.FromMilliseconds(0.1));
        _reads.Fetched(100);
        _reads.CacheHit();
        _reads.CacheMiss();
        _reads.CacheShared();
        _reads.Evicted(5);
        _reads.Waited(TimeSpan.FromSeconds(1));
        _reads.Loaded(TimeSpan.FromSeconds(1));
    }
}
