using System.Buffers;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Snapshots;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ReplayPropertyTests
{
    private const int EntryCount = 2_500; // past two versions at which everybody hashes

    public static TheoryData<int> Seeds => [.. Enumerable.Range(101, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_replica_that_began_from_a_snapshot_is_the_same_as_one_that_saw_everything(int seed)
    {
        var random = new Random(seed);
        var source = new RandomEntries(random);
        var whole = new ClusterState();
        var half = new ClusterState();
        for (var i = 0; i < EntryCount; i++)
        {
            var entry = source.Next();
            whole.Apply(entry, wantOutcomes: random.Next(2) == 0);
            half.Apply(entry, wantOutcomes: false);
            if (random.Next(200) == 0) half = await ThroughSnapshotAsync(half);
            if (i % 50 == 0) Assert.Equal(whole.Hash(), half.Hash());
        }

        Assert.Equal(whole.Hash(), half.Hash());
        Assert.Equal(source.State.Hash(), half.Hash());
        AssertSameViews(whole, half);
        Assert.True(whole.View.Groups.All.Any(group => group.View.HasMembers), "no group has members in the end: the test proves little");
        Assert.True(whole.View.Topics.All.ToArray().Sum(topic => topic.Partitions.ToArray().Sum(partition => partition.View.Markers.Count)) > 5, "next to no transaction ended: the test proves little");
        Assert.True(whole.ExtentCount > 50, "the entries left next to nothing: the test proves little");
        Assert.NotNull(whole.FindHash(2048));
        Assert.True(half.FindHash(2048) is null || half.FindHash(2048) == whole.FindHash(2048)); // null if it was loaded after that
    }

    [Theory]
    [InlineData(7)]
    public void The_hash_that_is_kept_up_is_the_hash_of_what_is_there(int seed)
    {
        // A fresh capture sums up everything anew when it is loaded; here the extents alone, from the views.
        var source = new RandomEntries(new Random(seed));
        for (var i = 0; i < EntryCount; i++) source.Next();
        long extents = 0, bytes = 0;
        foreach (var topic in source.State.View.Topics.All)
            foreach (var partition in topic.Partitions)
            {
                extents += partition.View.Extents.Count;
                long size = 0;
                for (var i = 0; i < partition.View.Extents.Count; i++) size += partition.View.Extents[i].Length;
                Assert.Equal(size, partition.View.SizeBytes);
                bytes += size;
            }

        Assert.Equal(extents, source.State.ExtentCount);
        Assert.True(bytes > 0);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task What_is_captured_stays_as_it_was_while_later_entries_are_applied(int seed)
    {
        var source = new RandomEntries(new Random(seed));
        for (var i = 0; i < EntryCount; i++) source.Next();
        for (var round = 0; round < 20; round++)
        {
            var (capture, version, hash) = (source.State.Capture(), source.State.View.Version, source.State.Hash());
            for (var i = 0; i < 40; i++) source.Next();
            Assert.NotEqual(hash, source.State.Hash());
            var loaded = await LoadAsync(capture, version);
            Assert.Equal((version, hash), (loaded.View.Version, loaded.Hash()));
        }
    }

    internal static Task<ClusterState> ThroughSnapshotAsync(ClusterState state) => LoadAsync(state.Capture(), state.View.Version);

    private static async Task<ClusterState> LoadAsync(StateCapture capture, long version)
    {
        var objects = new MemoryObjectStore(TimeProvider.System);
        var store = new SnapshotStore(objects, NullLogger.Instance);
        await store.PutAsync(SnapshotStore.KeyOf(version, 1), await SnapshotWriter.WriteAsync(capture, default), default);
        return await store.LoadNewestAsync(_ => ValueTask.CompletedTask, default) ?? throw new InvalidOperationException("the snapshot is not there");
    }

    private static void AssertSameViews(ClusterState expected, ClusterState actual)
    {
        Assert.Equal(expected.View.Topics.Count, actual.View.Topics.Count);
        Assert.Equal(expected.View.Agents.All.ToArray(), actual.View.Agents.All.ToArray());
        Assert.Equal(expected.View.TimeMs, actual.View.TimeMs);
        Assert.Equal(expected.PendingDeletions, actual.PendingDeletions);
        Assert.Equal(expected.SegmentCount, actual.SegmentCount);
        foreach (var topic in expected.View.Topics.All)
        {
            Assert.True(actual.View.Topics.TryFind(topic.Name, out var other));
            Assert.Equal(topic.Configs, other.Configs);
            for (var i = 0; i < topic.Partitions.Length; i++) AssertSame(topic.Partitions[i].View, other.Partitions[i].View);
        }
    }

    private static void AssertSame(PartitionView expected, PartitionView actual)
    {
        Assert.Equal(
            (expected.LogStartOffset, expected.HighWatermark, expected.LastStableOffset, expected.SizeBytes, expected.Extents.Count),
            (actual.LogStartOffset, actual.HighWatermark, actual.LastStableOffset, actual.SizeBytes, actual.Extents.Count));
        for (var i = 0; i < expected.Extents.Count; i++) Assert.Equal(expected.Extents[i], actual.Extents[i]);
        Assert.Equal(expected.Markers.Count, actual.Markers.Count);
        for (var i = 0; i < expected.Markers.Count; i++) Assert.Equal(expected.Markers[i], actual.Markers[i]);
        Assert.Equal(expected.Markers.AbortedIn(0, expected.HighWatermark), actual.Markers.AbortedIn(0, actual.HighWatermark));
    }
}
