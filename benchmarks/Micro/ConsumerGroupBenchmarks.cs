using BenchmarkDotNet.Attributes;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Micro;

/// <summary>
/// What a consumer group takes of the apply turn when its targets change: a member joins a group that has as many, and leaves
/// it again. Both make a new target assignment for everybody.
/// </summary>
public class ConsumerGroupBenchmarks
{
    private ClusterState _state = new();
    private LogEntry _join;
    private LogEntry _leave;

    [Params(10, 100, 1_000)]
    public int Members { get; set; }

    [Params("uniform", "range")]
    public string Assignor { get; set; } = "";

    /// <summary>Ten partitions a member, in topics of a hundred.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _state = StateWorkload.NewState(Members * 10, 100);
        for (var i = 0; i < Members; i++) StateWorkload.Apply(_state, Heartbeat($"m{i:0000}", epoch: 0));
        _join = StateWorkload.Entry(Heartbeat("newcomer", epoch: 0), 1_000_000);
        _leave = StateWorkload.Entry(Heartbeat("newcomer", epoch: -1), 1_000_001);
    }

    [Benchmark(OperationsPerInvoke = 2)]
    public long JoinAndLeave()
    {
        _state.Apply(_join, wantOutcomes: false);
        _state.Apply(_leave, wantOutcomes: false);
        return _state.View.Version;
    }

    private Command Heartbeat(string member, int epoch) => Command.Of(new ConsumerHeartbeat
    {
        Group = new GroupId("g"), MemberId = member, MemberEpoch = epoch, ClientId = "c", ClientHost = "h", RebalanceTimeoutMs = int.MaxValue, Assignor = Assignor, MaxSize = int.MaxValue,
        Owned = epoch == 0 ? [] : null, Topics = epoch == 0 ? [.. Enumerable.Range(0, Math.Max(1, Members / 10)).Select(topic => $"t{topic}").Order(StringComparer.Ordinal)] : null,
    });
}
