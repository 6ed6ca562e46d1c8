using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>Agents that lose answers, time and sessions while they write, snapshot and trim: in the end all of them agree, and what was acknowledged is there once.</summary>
public sealed class ChaosTests
{
    private const int Agents = 3;
    private const int Partitions = 2;
    private const int RecordsPerAgent = 150;

    private static readonly ReplicaOptions Often = new() { SnapshotTailEntries = 100 };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Agents_that_lose_answers_and_sessions_agree_in_the_end(int seed) => TestLoop.Run(seed, async time =>
    {
        var random = new Random(seed);
        var quiet = true;
        var ordinary = new RandomLogFaults(new Random(seed)) { DoubtRate = 0.1, FailureRate = 0.1, HiddenRate = 0.1, MaxDelay = TimeSpan.FromMilliseconds(300) };
        var faults = new ChosenFaults
        {
            // Now and then an append takes longer than a session lives.
            Choose = call => quiet ? default : call == LogCall.Append && random.Next(150) == 0 ? new LogFault(Before: TimeSpan.FromSeconds(45)) : ordinary.Next(call),
        };
        var cluster = new Cluster(time, seed, faults);
        var agents = new List<Replica>();
        for (var i = 0; i < Agents; i++) agents.Add((await cluster.StartAgentAsync(Often)).Replica);
        await agents[0].Session!.AppendAsync(cluster.CreateTopic("t", Partitions), default);
        foreach (var agent in agents) await agent.BarrierAsync(default);

        quiet = false;
        var acknowledged = (await Task.WhenAll(agents.Select((agent, index) => WriteAsync(agent, index % Partitions, time)))).SelectMany(each => each).ToList();
        quiet = true;

        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        Assert.True(acknowledged.Max(each => each.Segment.Session) > Agents, "no session was lost on the way: this seed proves little");
        var hashes = new List<(long, ulong)>();
        agents.Add(await cluster.StartAsync(Often)); // one that began from what the others left
        foreach (var agent in agents) await agent.Session.EndQuietlyAsync();
        foreach (var agent in agents) hashes.Add(await agent.QueryAsync(state => (state.View.Version, state.Hash()), default));
        Assert.Single(hashes.Distinct());
        for (var p = 0; p < Partitions; p++)
        {
            // Each commit is one record and one segment, so the segments of the extents are what was written, each once.
            var view = Cluster.Find(agents[^1], "t", p).View;
            Assert.Equal(view.HighWatermark, view.Extents.Count);
            var segments = Enumerable.Range(0, view.Extents.Count).Select(i => view.Extents[i].Segment).ToList();
            Assert.Equal(segments.Count, segments.Distinct().Count());
            foreach (var (_, offset, segment) in acknowledged.Where(each => each.Partition == p)) Assert.Equal(segment, segments[(int)offset]);
        }

        foreach (var agent in agents)
        {
            Assert.False(agent.Stopped.IsCompleted);
            await agent.DisposeAsync();
        }
    });

    private static async Task<List<(int Partition, long Offset, SegmentRef Segment)>> WriteAsync(Replica replica, int partition, ManualTime time)
    {
        var acknowledged = new List<(int, long, SegmentRef)>();
        var session = replica.Session!;
        var sequence = 0L;
        while (acknowledged.Count < RecordsPerAgent)
        {
            if (replica.Stopped.IsCompleted) throw await replica.Stopped;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), time);
            var result = await session.AppendAsync(Cluster.OneRecord(Cluster.Find(replica, "t", partition), sequence), patience.Token);
            if (result.Status == AppendStatus.Applied)
            {
                Assert.Equal(CommitStatus.Committed, result.Outcome!.Status);
                acknowledged.Add((partition, result.Outcome.Batches[0].BaseOffset, new SegmentRef(session.Ordinal, sequence)));
            }

            sequence++; // also where the outcome is not known: the number may be taken
            if (result.Status != AppendStatus.SessionEnded) continue;
            await session.Ended;
            session = await replica.RegisterAsync(Cluster.Description, default);
            sequence = 0;
        }

        return acknowledged;
    }
}

internal static class SessionExtensions
{
    /// <summary>So that no keep-alive comes between two questions.</summary>
    public static async Task EndQuietlyAsync(this AgentSession? session)
    {
        if (session is { IsLive: true }) await session.EndAsync(default);
    }
}
