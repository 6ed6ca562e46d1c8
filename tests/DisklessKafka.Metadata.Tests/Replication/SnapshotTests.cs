using System.Buffers;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.Snapshots;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.Tests.State;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Replication;

public sealed class SnapshotTests
{
    private static readonly ReplicaOptions Often = new() { SnapshotTailEntries = 20 };

    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Agents_start_from_the_newest_snapshot_and_the_log_keeps_only_what_they_need(int seed) => TestLoop.Run(seed, async time =>
    {
        var cluster = new Cluster(time, seed);
        var log = new CountingLog(cluster.Memory);
        var (replica, session) = await cluster.StartAgentAsync(Often, log: log);
        await session.AppendAsync(cluster.CreateTopic("t"), default);
        for (var i = 0; i < 200; i++) await session.AppendAsync(Cluster.OneRecord(Cluster.Find(replica, "t"), i), default);
        await time.Delay(TimeSpan.FromSeconds(1));

        var keys = await KeysAsync(cluster.Objects);
        Assert.Equal(SnapshotTable.ObjectsKept, keys.Count);
        Assert.NotEmpty(log.Trims);
        await Assert.ThrowsAsync<LogTrimmedException>(async () => await cluster.Memory.ReadAsync(LogCursor.Start, 1, default));
        var hash = await replica.QueryAsync(state => (state.View.Version, state.Hash()), default);

        var late = await cluster.StartAsync(Often);
        Assert.Equal(hash, await late.QueryAsync(state => (state.View.Version, state.Hash()), default));
        Assert.Equal(200, Cluster.Find(late, "t").View.HighWatermark);

        // The newest one is spoilt: the one before and its longer tail come to the same.
        await cluster.Objects.PutAsync(keys[^1], new ReadOnlySequence<byte>(new byte[100]), default);
        var later = await cluster.StartAsync(Often);
        Assert.Equal(hash, await later.QueryAsync(state => (state.View.Version, state.Hash()), default));
        foreach (var each in new[] { replica, late, later }) await each.DisposeAsync();
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Several_agents_write_each_snapshot_once(int seed) => TestLoop.Run(seed, async time =>
    {
        var cluster = new Cluster(time, seed);
        var agents = new List<(Replica Replica, AgentSession Session)>();
        for (var i = 0; i < 3; i++) agents.Add(await cluster.StartAgentAsync(Often));
        await agents[0].Session.AppendAsync(cluster.CreateTopic("t", 3), default);
        foreach (var agent in agents) await agent.Replica.BarrierAsync(default);
        await Task.WhenAll(agents.Select(async (agent, index) =>
        {
            for (var i = 0; i < 100; i++) await agent.Session.AppendAsync(Cluster.OneRecord(Cluster.Find(agent.Replica, "t", index), i), default);
        }));
        await time.Delay(TimeSpan.FromSeconds(2));
        foreach (var agent in agents) await agent.Replica.BarrierAsync(default);
        var states = new List<ulong>();
        foreach (var agent in agents) states.Add(await agent.Replica.QueryAsync(state => state.Hash(), default));
        Assert.Single(states.Distinct());
        Assert.Empty(await agents[0].Replica.QueryAsync(state => state.Jobs, default));
        var taken = await agents[0].Replica.QueryAsync(state => state.Snapshots.ToArray(), default);
        Assert.Equal(SnapshotTable.RecordsKept, taken.Length);
        Assert.True(taken[^1].Version - taken[0].Version >= 2 * 20);
        foreach (var agent in agents) await agent.Replica.DisposeAsync();
    });

    [Fact]
    public async Task Any_changed_byte_and_any_cut_is_found()
    {
        var source = new RandomEntries(new Random(5));
        for (var i = 0; i < 300; i++) source.Next();
        var bytes = (await SnapshotWriter.WriteAsync(source.State.Capture(), default)).ToArray();
        Assert.Equal(source.State.Hash(), (await ReadAsync(bytes)).Hash());
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var spoilt = bytes.ToArray();
            spoilt[at] ^= 0x10;
            await Assert.ThrowsAsync<CorruptStateException>(async () => await ReadAsync(spoilt));
            await Assert.ThrowsAsync<CorruptStateException>(async () => await ReadAsync(bytes[..at]));
        }
    }

    [Fact]
    public async Task If_no_snapshot_can_be_used_nothing_is_started_from_nothing()
    {
        var objects = new MemoryObjectStore(TimeProvider.System);
        await objects.PutAsync(SnapshotStore.KeyOf(5, 1), new ReadOnlySequence<byte>(new byte[3]), default);
        await Assert.ThrowsAsync<CorruptStateException>(async () => await new SnapshotStore(objects, NullLogger.Instance).LoadNewestAsync(_ => ValueTask.CompletedTask, default));
    }

    [Fact]
    public async Task A_snapshot_that_was_damaged_on_its_way_is_read_again()
    {
        var source = new RandomEntries(new Random(5));
        for (var i = 0; i < 300; i++) source.Next();
        var objects = new MemoryObjectStore(TimeProvider.System);
        await objects.PutAsync(SnapshotStore.KeyOf(300, 1), await SnapshotWriter.WriteAsync(source.State.Capture(), default), default);
        var snapshots = new SnapshotStore(new FlippingStore(objects, damagedReads: 2), NullLogger.Instance);
        var loaded = await snapshots.LoadNewestAsync(_ => ValueTask.CompletedTask, default);
        Assert.Equal(source.State.Hash(), loaded!.Hash());
    }

    [Fact]
    public async Task A_large_partition_goes_over_many_frames()
    {
        var driver = StateDriver.WithAlice();
        var topic = driver.CreateTopic("t", 3);
        for (var i = 0; i < 2 * ClusterState.RowsPerFrame + 100; i++)
        {
            driver.Entries.Clear();
            var builder = new CommitBuilder(i);
            builder.BeginPiece(topic.Ordinal, i % 50 == 0 ? 2 : 1, 0);
            builder.Add(100, 1 + i % 3, i);
            driver.ApplyAll(StateDriver.Alice, Command.Of(builder.Build(100)));
        }

        var restored = await ReplayPropertyTests.ThroughSnapshotAsync(driver.State);
        Assert.Equal(driver.State.Hash(), restored.Hash());
    }

    [Fact]
    public void A_snapshot_of_another_log_is_refused() => TestLoop.Run(1, async time =>
    {
        var cluster = new Cluster(time, 1);
        var (replica, session) = await cluster.StartAgentAsync(Often);
        for (var i = 0; i < 60; i++) await session.AppendAsync(Command.Of(new KeepAlive()), default);
        await time.Delay(TimeSpan.FromSeconds(1));
        await replica.DisposeAsync();
        Assert.NotEmpty(await KeysAsync(cluster.Objects));

        var empty = new DisklessKafka.Metadata.Log.Memory.MemoryMetadataLog(time);
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await cluster.StartAsync(log: empty).WaitAsync(TimeSpan.FromMinutes(1), time));
        Assert.IsType<LogRewoundException>(failure is ReplicaStoppedException stopped ? stopped.InnerException : failure);
    });

    [Fact]
    public void A_log_that_lost_what_the_newest_snapshot_holds_goes_on_from_the_one_before() => TestLoop.Run(2, async time =>
    {
        var (cluster, keys, version) = await WriteAsync(time, entries: 100);
        var newest = VersionOf(keys[^1]);
        cluster.Memory.Rewind((int)(version - newest) + 1);
        await using var late = await cluster.StartAsync(Often);
        Assert.Equal(newest - 1, late.View.Version);
    });

    [Fact]
    public void A_log_that_is_older_than_every_snapshot_tells_everything_by_itself_while_nothing_of_it_is_trimmed() => TestLoop.Run(3, async time =>
    {
        var (cluster, keys, version) = await WriteAsync(time, entries: 25);
        cluster.Memory.Rewind((int)(version - VersionOf(Assert.Single(keys))) + 5);
        await using var late = await cluster.StartAsync(Often);
        Assert.Equal(VersionOf(keys[0]) - 5, late.View.Version);
    });

    [Fact]
    public void A_log_that_is_older_than_every_snapshot_and_trimmed_is_refused() => TestLoop.Run(4, async time =>
    {
        var (cluster, keys, version) = await WriteAsync(time, entries: 200);
        cluster.Memory.Rewind((int)(version - VersionOf(keys[0])) + 1);
        await Assert.ThrowsAsync<LogTrimmedException>(async () => await cluster.StartAsync(Often));
    });

    /// <summary>An agent that wrote so many entries, and snapshots on the way, and is gone.</summary>
    private static async Task<(Cluster Cluster, List<string> Snapshots, long Version)> WriteAsync(ManualTime time, int entries)
    {
        var cluster = new Cluster(time, 1);
        var (replica, session) = await cluster.StartAgentAsync(Often);
        for (var i = 0; i < entries; i++) await session.AppendAsync(Command.Of(new KeepAlive()), default);
        await time.Delay(TimeSpan.FromSeconds(1));
        await replica.DisposeAsync();
        return (cluster, await KeysAsync(cluster.Objects), replica.View.Version);
    }

    private static long VersionOf(string key) => long.Parse(key.AsSpan(SnapshotStore.Prefix.Length, 20), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<ClusterState> ReadAsync(byte[] bytes)
    {
        var objects = new MemoryObjectStore(TimeProvider.System);
        await objects.PutAsync("snapshots/1", new ReadOnlySequence<byte>(bytes), default);
        return await new SnapshotReader(objects, new ObjectInfo("snapshots/1", bytes.Length, default)).ReadAsync(default);
    }

    private static async Task<List<string>> KeysAsync(IObjectStore objects)
    {
        var keys = new List<string>();
        await foreach (var found in objects.ListAsync(SnapshotStore.Prefix, null, default)) keys.Add(found.Key);
        return keys;
    }
}
