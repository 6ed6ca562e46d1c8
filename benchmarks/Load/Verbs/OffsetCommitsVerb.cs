using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DisklessKafka.Load.Groups;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Verbs;

/// <param name="Members">Each with one commit under way at any time.</param>
/// <param name="GroupSize">Members of each group; each commits for a partition of its own.</param>
internal sealed record OffsetCommitsLoad(
    string Bootstrap, string Topic, int Partitions, int Members, int GroupSize, int Connections, TimeSpan Warmup, TimeSpan Duration, int? ServerProcess, int? ServersParent, string? Metrics);

/// <summary>Members that commit one partition's offset, again as soon as they have their answer.</summary>
internal static class OffsetCommitsVerb
{
    private const short Version = 7;         // the newest without varying lengths: what changes stands at fixed places
    private const int CorrelationIdAt = 8;   // behind length, API key and version
    private const int OffsetFromEnd = 14;    // offset, leader's epoch, no metadata
    private const int ErrorFromEnd = 2;

    public static async Task<JsonObject> RunAsync(OffsetCommitsLoad load)
    {
        await Topics.EnsureAsync(load.Bootstrap, load.Topic, load.Partitions);
        var groups = Enumerable.Range(0, load.Members / load.GroupSize).Select(number => new GroupId($"{load.Topic}-{number}")).ToArray();
        var crowds = await Task.WhenAll(groups.Chunk((groups.Length + load.Connections - 1) / load.Connections).Select(some => MemberCrowd.JoinAsync(load.Bootstrap, load.Topic, some, load.GroupSize)));

        using var stop = new CancellationTokenSource();
        var latency = new LatencyHistogram();
        var connections = crowds.Select(members => Task.Run(() => CommitAsync(load, members, latency, stop.Token))).ToArray();
        await Task.WhenAny(Task.Delay(load.Warmup), Task.WhenAny(connections));
        latency.Clear();
        var metrics = load.Metrics is { } address ? await AgentMetrics.ReadAsync(address) : null;
        var time = new ProcessorTime(load.ServerProcess, load.ServersParent);
        await Task.WhenAny(Task.Delay(load.Duration), Task.WhenAny(connections));
        time.Stop();
        var count = latency.Count;
        var log = metrics is null ? null : (await AgentMetrics.ReadAsync(load.Metrics!)).LogSince(metrics, time.Elapsed);
        await stop.CancelAsync();
        await Task.WhenAll(connections);

        return new JsonObject
        {
            ["verb"] = "offset-commits",
            ["bootstrap"] = load.Bootstrap,
            ["members"] = load.Members,
            ["groups"] = groups.Length,
            ["connections"] = connections.Length,
            ["seconds"] = Report.Round(time.Elapsed.TotalSeconds),
            ["commitsPerSecond"] = Report.Round(count / time.Elapsed.TotalSeconds),
            ["latencyMs"] = Report.Percentiles(latency),
            ["agentCores"] = time.Server is { } server ? Report.Round(server / time.Elapsed) : null,
            ["cores"] = time.Cores(),
            ["logPerSecond"] = log,
        };
    }

    private static async Task CommitAsync(OffsetCommitsLoad load, List<CrowdMember> members, LatencyHistogram latency, CancellationToken stop)
    {
        using var connection = await RawConnection.ConnectAsync(load.Bootstrap);
        var frames = members.Select((member, number) => EncodeFrame(load, member, number)).ToArray();
        var sentAt = new long[frames.Length];
        for (var number = 0; number < frames.Length; number++) Send(number);
        await connection.FlushAsync();
        var underWay = frames.Length;
        while (underWay > 0)
        {
            if (!await connection.ReceiveAsync(CancellationToken.None)) throw new IOException("the broker closed the connection");
            while (connection.TryTake(out var number, out var body))
            {
                ClassicMember.Check((ErrorCode)BinaryPrimitives.ReadInt16BigEndian(body[^ErrorFromEnd..]), "OffsetCommit");
                latency.Record(Stopwatch.GetElapsedTime(sentAt[number]));
                if (stop.IsCancellationRequested) underWay--;
                else Send(number);
            }

            await connection.FlushAsync();
        }

        void Send(int number)
        {
            var offset = frames[number].AsSpan(^OffsetFromEnd);
            BinaryPrimitives.WriteInt64BigEndian(offset, BinaryPrimitives.ReadInt64BigEndian(offset) + 1);
            sentAt[number] = Stopwatch.GetTimestamp();
            connection.Add(frames[number]);
        }
    }

    private static byte[] EncodeFrame(OffsetCommitsLoad load, CrowdMember member, int number)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = member.Group, MemberId = member.Id, GenerationIdOrMemberEpoch = member.Generation,
            Topics = [new() { Name = new TopicName(load.Topic), Partitions = [new() { PartitionIndex = number % load.Partitions, CommittedOffset = 0, CommittedMetadata = null }] }],
        };
        var frame = WireFrames.Encode(request, ApiKey.OffsetCommit, Version, 0, "load");
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(CorrelationIdAt), number);
        return frame;
    }
}
