using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>
/// Readers on other threads while entries are applied. Every entry writes the same to all partitions in two commands, so
/// that a reader can tell half an entry from a whole one by looking.
/// </summary>
public sealed class ConcurrentReaderTests
{
    private const int Partitions = 8;
    private const int Entries = 20_000;

    [Fact]
    public async Task Readers_see_whole_entries_only_and_never_go_back()
    {
        var driver = StateDriver.WithAlice();
        var topic = driver.CreateTopic("t", Partitions);
        var done = false;
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Factory.StartNew(
            () => Read(driver.State, topic, reader, () => Volatile.Read(ref done)),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        try
        {
            for (var i = 0; i < Entries; i++)
            {
                driver.Entries.Clear();
                var all = new DeleteRecords.Target[Partitions];
                for (var p = 0; p < Partitions; p++) all[p] = new DeleteRecords.Target { Topic = (uint)topic.Ordinal, Partition = (uint)p, Before = Math.Max(0, 2 * i - 130) };
                driver.ApplyAll(StateDriver.Alice, Command.Of(Segment(topic, 2 * i)), Command.Of(Segment(topic, 2 * i + 1)), Command.Of(new DeleteRecords { Partitions = all }));
            }
        }
        finally
        {
            Volatile.Write(ref done, true);
        }

        foreach (var captures in await Task.WhenAll(readers)) Assert.True(captures > 0, "a reader never got all partitions as of one entry");
    }

    private static CommitSegment Segment(Topic topic, long sequence)
    {
        var builder = new CommitBuilder(sequence);
        for (var p = 0; p < Partitions; p++)
        {
            builder.BeginPiece(topic.Ordinal, p, p * 10);
            builder.Add(10, 1, sequence);
        }

        return builder.Build(Partitions * 10);
    }

    private static long Read(ClusterState state, Topic topic, int seed, Func<bool> isDone)
    {
        var random = new Random(seed);
        var views = new PartitionView[Partitions];
        var last = new long[Partitions];
        long captures = 0;
        while (!isDone())
        {
            var partition = random.Next(Partitions);
            var alone = topic.Partitions[partition].View;
            Check(alone);
            Assert.True(alone.HighWatermark >= last[partition], "the high watermark went back");
            last[partition] = alone.HighWatermark;

            var cluster = state.View;
            if (!cluster.TryCapture(topic.Partitions, views)) continue;
            captures++;
            foreach (var view in views)
            {
                Check(view);
                Assert.True(view.Version <= cluster.Version);
                Assert.Equal(views[0].HighWatermark, view.HighWatermark);
                Assert.Equal(views[0].LogStartOffset, view.LogStartOffset);
            }
        }

        return captures;
    }

    /// <summary>An entry brings two records, each its own extent, and takes those before the start.</summary>
    private static void Check(PartitionView view)
    {
        Assert.Equal(0, view.HighWatermark % 2);
        Assert.Equal(view.HighWatermark - view.LogStartOffset, view.Extents.Count);
        Assert.Equal(view.Extents.Count * 10L, view.SizeBytes);
        for (var i = 0; i < view.Extents.Count; i++)
        {
            Assert.Equal(view.LogStartOffset + i, view.Extents[i].BaseOffset);
            Assert.Equal(view.LogStartOffset + i, view.Extents[i].SegmentSequence);
        }
    }
}
