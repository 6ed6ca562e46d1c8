using System.Diagnostics;
using System.Globalization;
using DisklessKafka.Metadata.Snapshots;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Micro;

/// <summary>Memory of groups with their offsets, and of transactional ids, and what snapshots of them take. Run as <c>Micro group-size [groups] [offsets each] [transactional ids]</c>.</summary>
public static class GroupSizeReport
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (groups, offsetsEach, ids) = (Size(0, 10_000), Size(1, 100), Size(2, 500_000));
        var state = StateWorkload.NewState(0, 1);
        StateWorkload.Apply(state, Command.Of(GroupWorkload.TopicOf(offsetsEach)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Fill(state, groups, offsetsEach: 0);
        var withMembers = GC.GetTotalMemory(forceFullCollection: true);
        state = StateWorkload.NewState(0, 1);
        StateWorkload.Apply(state, Command.Of(GroupWorkload.TopicOf(offsetsEach)));
        Fill(state, groups, offsetsEach);
        var withOffsets = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"{groups:N0} groups of one member: {(withMembers - before) / 1e6:F1} MB, {(withMembers - before) / groups:N0} bytes each");
        var offsets = groups * (double)offsetsEach;
        Console.WriteLine($"with {offsets:N0} offsets: {(withOffsets - before) / 1e6:F1} MB, {(withOffsets - withMembers) / offsets:F1} bytes an offset");
        await SnapshotAsync(state);
        await TransactionsAsync(ids);
        return 0;

        int Size(int index, int otherwise) => index < args.Length ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
    }

    private static void Fill(ClusterState state, int groups, int offsetsEach)
    {
        for (var number = 0; number < groups; number++)
            foreach (var command in GroupWorkload.CommandsOf(number, offsetsEach))
                StateWorkload.Apply(state, command);
    }

    private static async Task SnapshotAsync(ClusterState state)
    {
        var clock = Stopwatch.StartNew();
        var capture = state.Capture();
        var cold = clock.Elapsed;
        clock.Restart();
        capture = state.Capture();
        Console.WriteLine($"capture on the apply turn: {cold.TotalMilliseconds:F1} ms the first time, {clock.Elapsed.TotalMilliseconds:F1} ms after that");
        clock.Restart();
        var content = await SnapshotWriter.WriteAsync(capture, CancellationToken.None);
        Console.WriteLine($"encoding beside it: {clock.Elapsed.TotalMilliseconds:F0} ms, {content.Length / 1e6:F1} MB");
        var objects = new MemoryObjectStore(TimeProvider.System, new MemoryObjectStoreOptions());
        await objects.PutAsync(SnapshotStore.KeyOf(state.View.Version, 1), content, CancellationToken.None);
        clock.Restart();
        var loaded = await new SnapshotStore(objects, NullLogger.Instance).LoadNewestAsync(_ => ValueTask.CompletedTask, CancellationToken.None);
        Console.WriteLine($"load until ready: {clock.Elapsed.TotalMilliseconds:F0} ms, same hash: {loaded!.Hash() == state.Hash()}");
        GC.KeepAlive(loaded);
    }

    private static Task TransactionsAsync(int ids)
    {
        var state = StateWorkload.NewState(0, 1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var number = 0; number < ids; number++) StateWorkload.Apply(state, Command.Of(GroupWorkload.TransactionalIdOf(number)));
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"{ids:N0} transactional ids: {bytes / 1e6:F1} MB, {bytes / (double)ids:F0} bytes each");
        return SnapshotAsync(state);
    }
}
