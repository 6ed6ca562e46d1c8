using BenchmarkDotNet.Attributes;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Micro;

/// <summary>
/// Replay on one core: entries that each commit a segment with one idempotent batch for every partition it holds, as an
/// agent sees those of others. Partition-commits per second are <see cref="Partitions"/> times the entries per second.
/// </summary>
[MemoryDiagnoser]
public class StateReplayBenchmarks
{
    private const int EntryCount = 1_000;
    private const int TopicPartitions = 100;

    private LogEntry[] _entries = [];
    private ClusterState _state = new();

    [Params(100, 1_000)]
    public int Partitions { get; set; }

    [Params(false, true)]
    public bool IsIdempotent { get; set; }

    /// <summary>Entries are replayed once each into a state of their own: sequences and segments only ever go up.</summary>
    [IterationSetup]
    public void Setup()
    {
        _state = StateWorkload.NewState(Partitions, TopicPartitions);
        _entries = StateWorkload.Commits(EntryCount, Partitions, TopicPartitions, IsIdempotent);
    }

    [Benchmark(OperationsPerInvoke = EntryCount)]
    public long Replay()
    {
        foreach (var entry in _entries) _state.Apply(entry, wantOutcomes: false);
        return _state.View.Version;
    }
}
