using System.Globalization;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Storage.Objects.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Micro;

/// <summary>
/// Makes the data folder of an embedded agent whose snapshot holds much, so that the start of an agent on it can be timed:
/// <c>Micro fill DIR [extents]</c> or <c>Micro fill-groups DIR [groups] [offsets each]</c>, then <c>diskless agent --data DIR</c>.
/// The segments' bytes are not there.
/// </summary>
public static class FillReport
{
    private const int PartitionsPerSegment = 1_000;

    public static Task<int> ExtentsAsync(string[] args)
    {
        var entries = Size(args, 1, 1_000_000) / PartitionsPerSegment;
        return RunAsync(args[0], entries, async session =>
        {
            await session.AppendAsync(Command.Of(new CreateTopics
            {
                Topics = [new() { Name = new TopicName("filled"), TopicId = new TopicId(new Guid(1, 2, 3, new byte[8])), Partitions = PartitionsPerSegment }],
            }), CancellationToken.None);
            for (var number = 0; number < entries; number++) await session.AppendAsync(Command.Of(Commit(number)), CancellationToken.None);
        });
    }

    public static Task<int> GroupsAsync(string[] args)
    {
        var (groups, offsetsEach) = (Size(args, 1, 10_000), Size(args, 2, 100));
        return RunAsync(args[0], 3 * groups, async session =>
        {
            await session.AppendAsync(Command.Of(GroupWorkload.TopicOf(offsetsEach)), CancellationToken.None);
            for (var number = 0; number < groups; number++)
                foreach (var command in GroupWorkload.CommandsOf(number, offsetsEach))
                    await AppendAsync(session, command);
        });
    }

    /// <param name="entries">At least as many are appended; the snapshot is due then.</param>
    private static async Task<int> RunAsync(string directory, int entries, Func<AgentSession, Task> fillAsync)
    {
        await using var objects = LocalObjectStore.Open(Path.Combine(directory, "objects"), new BlockingIoScheduler());
        await using var log = await BucketMetadataLog.OpenAsync(objects, TimeProvider.System, null, CancellationToken.None);
        var options = new ReplicaOptions { SnapshotTailBytes = 1, SnapshotTailEntries = entries };
        await using var replica = await Replica.StartAsync(log, objects, options, TimeProvider.System, new Random(1), null, NullLogger.Instance, CancellationToken.None);
        var session = await replica.RegisterAsync(new AgentDescription("", "localhost", 1, "fill", IsListed: true, TimeSpan.FromMinutes(10)), CancellationToken.None);
        await fillAsync(session);
        Console.WriteLine($"{entries:N0} entries; waiting for the snapshot");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await replica.QueryAsync(state => state.Snapshots.Count, CancellationToken.None) == 0) await look.WaitForNextTickAsync();
        await session.EndAsync(CancellationToken.None);
        return 0;
    }

    private static async Task AppendAsync(AgentSession session, Command command)
    {
        var status = command switch
        {
            Command<JoinGroupOutcome> join => (await session.AppendAsync(join, CancellationToken.None)).Status,
            Command<SyncGroupOutcome> sync => (await session.AppendAsync(sync, CancellationToken.None)).Status,
            Command<CommitOffsetsOutcome> commit => (await session.AppendAsync(commit, CancellationToken.None)).Status,
            _ => throw new ArgumentException($"{command.Type} is no command of a group", nameof(command)),
        };
        if (status != AppendStatus.Applied) throw new InvalidOperationException($"{command.Type}: {status}");
    }

    private static int Size(string[] args, int index, int otherwise) => index < args.Length ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

    private static CommitSegment Commit(int number)
    {
        const int BatchBytes = 8_000, Records = 10, HeaderBytes = 16;
        var builder = new CommitBuilder(number);
        for (var partition = 0; partition < PartitionsPerSegment; partition++)
        {
            builder.BeginPiece(0, partition, HeaderBytes + partition * BatchBytes);
            builder.Add(BatchBytes, Records, 1_700_000_000_000 + number);
        }

        return builder.Build(HeaderBytes + PartitionsPerSegment * BatchBytes + 20_000);
    }
}
