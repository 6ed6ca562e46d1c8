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
/// Makes the data folder of an embedded agent whose snapshot holds so many extents, so that the start of an agent on it can
/// be timed: <c>Micro fill DIR [extents]</c>, then <c>diskless agent --data DIR</c>. The segments' bytes are not there.
/// </summary>
public static class FillReport
{
    private const int PartitionsPerSegment = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var extents = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        await using var objects = LocalObjectStore.Open(Path.Combine(args[0], "objects"), new BlockingIoScheduler());
        await using var log = await BucketMetadataLog.OpenAsync(objects, TimeProvider.System, null, CancellationToken.None);
        var entries = extents / PartitionsPerSegment;
        var options = new ReplicaOptions { SnapshotTailBytes = 1, SnapshotTailEntries = entries };
        await using var replica = await Replica.StartAsync(log, objects, options, TimeProvider.System, new Random(1), null, NullLogger.Instance, CancellationToken.None);
        var session = await replica.RegisterAsync(new AgentDescription("", "localhost", 1, "fill", IsListed: true, TimeSpan.FromMinutes(10)), CancellationToken.None);
        await session.AppendAsync(Command.Of(new CreateTopics
        {
            Topics = [new() { Name = new TopicName("filled"), TopicId = new TopicId(new Guid(1, 2, 3, new byte[8])), Partitions = PartitionsPerSegment }],
        }), CancellationToken.None);
        for (var number = 0; number < entries; number++) await session.AppendAsync(Command.Of(Commit(number)), CancellationToken.None);
        Console.WriteLine($"{extents:N0} extents in {entries:N0} entries; waiting for the snapshot");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await replica.QueryAsync(state => state.Snapshots.Count, CancellationToken.None) == 0) await look.WaitForNextTickAsync();
        await session.EndAsync(CancellationToken.None);
        return 0;
    }

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
