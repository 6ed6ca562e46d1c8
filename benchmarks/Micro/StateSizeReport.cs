using System.Diagnostics;
using System.Globalization;

using DisklessKafka.Metadata.Snapshots;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Micro;

/// <summary>
/// What is measured once and not a thousand times: memory for each extent, and capturing, writing and loading a
/// snapshot. Run as <c>Micro state-size [extents] [partitions] [partitions a segment]</c>.
/// </summary>
public static class StateSizeReport
{
    /// <param name="args">Extents, partitions, partitions a segment; what is missing is ten million, ten thousand, a thousand.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var extents = Size(0, 10_000_000);
        var partitions = Size(1, 10_000);
        var partitionsPerSegment = Size(2, 1_000);
        Console.WriteLine($"{extents:N0} extents, {partitions:N0} partitions, {partitionsPerSegment} partitions a segment");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var state = Fill(extents, partitions, partitionsPerSegment);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"memory: {bytes / 1e6:F1} MB, {bytes / (double)state.ExtentCount:F1} bytes for each of {state.ExtentCount:N0} extents in {state.SegmentCount:N0} segments, all else included");

        var clock = Stopwatch.StartNew();
        var capture = state.Capture();
        var cold = clock.Elapsed;
        clock.Restart();
        capture = state.Capture();
        Console.WriteLine($"capture on the apply turn: {cold.TotalMilliseconds:F1} ms the first time, {clock.Elapsed.TotalMilliseconds:F1} ms after that");
        clock.Restart();
        var content = await SnapshotWriter.WriteAsync(capture, CancellationToken.None);
        Console.WriteLine($"encoding beside it: {clock.Elapsed.TotalMilliseconds:F0} ms, {content.Length / 1e6:F1} MB, {content.Length / (double)state.ExtentCount:F1} bytes an extent");

        var time = TimeProvider.System;
        var objects = new MemoryObjectStore(time, new MemoryObjectStoreOptions());
        await objects.PutAsync(SnapshotStore.KeyOf(state.View.Version, 1), content, CancellationToken.None);
        clock.Restart();
        var loaded = await new SnapshotStore(objects, NullLogger.Instance).LoadNewestAsync(_ => ValueTask.CompletedTask, CancellationToken.None);
        Console.WriteLine($"load until ready: {clock.Elapsed.TotalMilliseconds:F0} ms, same hash: {loaded!.Hash() == state.Hash()}");
        return 0;

        int Size(int index, int otherwise) => index < args.Length ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
    }

    private static ClusterState Fill(int extents, int partitions, int partitionsPerSegment)
    {
        var state = StateWorkload.NewState(partitions, topicPartitions: 100);
        for (var number = 0; number * (long)partitionsPerSegment < extents; number++)
            state.Apply(StateWorkload.CommitSlice(number, partitions, partitionsPerSegment), wantOutcomes: false);
        return state;
    }
}
