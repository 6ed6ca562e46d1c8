using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DisklessKafka.Load.Groups;
using DisklessKafka.Load.Peers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Verbs;

/// <param name="GroupSize">Members of each group.</param>
/// <param name="Interval">Each member sends one in that time.</param>
internal sealed record HeartbeatsLoad(string Bootstrap, int Members, int GroupSize, int Connections, TimeSpan Interval, TimeSpan Warmup, TimeSpan Duration, int? ServerProcess, string? Metrics);

/// <summary>
/// Heartbeats of many members, evenly over their interval, each sent when it falls due. What the agent takes for them is what it takes
/// beyond a rest before, with the same members and connections; what it asked of the metadata log meanwhile is reported beside it, and
/// what the same frames take of a program that does nothing but answer them.
/// </summary>
internal static class HeartbeatsVerb
{
    private const short Version = 3; // the answer: throttle time, error
    private const int ErrorAt = 4;

    public static async Task<JsonObject> RunAsync(HeartbeatsLoad load)
    {
        var topic = $"load-{Guid.NewGuid():N}";
        await Topics.EnsureAsync(load.Bootstrap, topic, 1);
        var groups = Enumerable.Range(0, load.Members / load.GroupSize).Select(number => new GroupId($"{topic}-{number}")).ToArray();
        var started = Stopwatch.GetTimestamp();
        var crowds = await Task.WhenAll(groups.Chunk(Math.Max(1, MemberCrowd.InFlight / load.GroupSize)).Select(some => MemberCrowd.JoinAsync(load.Bootstrap, topic, some, load.GroupSize)));
        var members = crowds.SelectMany(crowd => crowd).ToArray();
        Report.Note($"{members.Length} members in {groups.Length} groups joined within {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        var agent = await MeasureAsync(load, members, load.Bootstrap, load.ServerProcess, load.Metrics);
        using var bouncer = PeerProcess.Start("bounce");
        var sockets = await MeasureAsync(load, members, bouncer.Bootstrap, bouncer.Id, metrics: null);
        return new JsonObject
        {
            ["verb"] = "heartbeats",
            ["bootstrap"] = load.Bootstrap,
            ["members"] = members.Length,
            ["groups"] = groups.Length,
            ["connections"] = load.Connections,
            ["intervalSeconds"] = load.Interval.TotalSeconds,
            ["agent"] = agent,
            ["socketsAlone"] = sockets,
        };
    }

    /// <summary>The same heartbeats, whoever answers.</summary>
    private static async Task<JsonObject> MeasureAsync(HeartbeatsLoad load, CrowdMember[] members, string bootstrap, int? process, string? metrics)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, load.Connections).Select(_ => RawConnection.ConnectAsync(bootstrap)));
        using var stop = new CancellationTokenSource();
        var latency = new LatencyHistogram();
        var idle = await MeasureAsync(process, metrics, TimeSpan.FromSeconds(5)); // members may be silent for that long
        var beating = connections.Select((connection, number) => Task.Run(() => BeatAsync(load, connection, [.. members.Where((_, i) => i % load.Connections == number)], number, latency, stop.Token))).ToArray();
        await Task.WhenAny(Task.Delay(load.Warmup), Task.WhenAny(beating));
        latency.Clear();
        var busy = await MeasureAsync(process, metrics, load.Duration);
        var count = latency.Count;
        await stop.CancelAsync();
        await Task.WhenAll(beating);
        foreach (var connection in connections) connection.Dispose();

        var beyond = busy.Core - idle.Core;
        return new JsonObject
        {
            ["seconds"] = Report.Round(busy.Seconds),
            ["heartbeatsPerSecond"] = Report.Round(count / busy.Seconds),
            ["percentOfACore"] = beyond is { } more ? Report.Round(100 * more) : null,
            ["atRestPercentOfACore"] = idle.Core is { } rest ? Report.Round(100 * rest) : null,
            ["microsecondsEach"] = beyond is { } each ? Report.Round(1e6 * each * busy.Seconds / count) : null,
            ["latencyMs"] = Report.Percentiles(latency),
            ["logPerSecondAtRest"] = idle.Log,
            ["logPerSecond"] = busy.Log,
        };
    }

    private sealed record Measured(double Seconds, double? Core, JsonObject? Log);

    private static async Task<Measured> MeasureAsync(int? process, string? metricsAddress, TimeSpan duration)
    {
        var metrics = metricsAddress is { } address ? await AgentMetrics.ReadAsync(address) : null;
        var time = new ProcessorTime(process);
        await Task.Delay(duration);
        time.Stop();
        var log = metrics is null ? null : (await AgentMetrics.ReadAsync(metricsAddress!)).LogSince(metrics, time.Elapsed);
        return new(time.Elapsed.TotalSeconds, time.Server / time.Elapsed, log);
    }

    private static async Task BeatAsync(HeartbeatsLoad load, RawConnection connection, CrowdMember[] members, int number, LatencyHistogram latency, CancellationToken stop)
    {
        var frames = Array.ConvertAll(members, member => WireFrames.Encode(
            new HeartbeatRequest { GroupId = member.Group, MemberId = member.Id, GenerationId = member.Generation }, ApiKey.Heartbeat, Version, 0, "load"));
        // Connections do not all begin at the same instant.
        var (start, each) = (Stopwatch.GetTimestamp() + (long)(load.Interval.TotalSeconds * Stopwatch.Frequency / members.Length * number / load.Connections), load.Interval.TotalSeconds * Stopwatch.Frequency / members.Length);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var answers = ReceiveAsync(connection, sent => start + (long)(sent * each), latency, over.Token);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (long sent = 0; !stop.IsCancellationRequested && !answers.IsCompleted;)
        {
            var due = (long)((Stopwatch.GetTimestamp() - start) / each);
            for (; sent <= due; sent++)
            {
                var frame = frames[sent % frames.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), (int)sent);
                connection.Add(frame);
            }

            await connection.FlushAsync();
            await ticks.WaitForNextTickAsync(CancellationToken.None);
        }

        await over.CancelAsync();
        await answers;
    }

    private static async Task ReceiveAsync(RawConnection connection, Func<long, long> dueAt, LatencyHistogram latency, CancellationToken stop)
    {
        try
        {
            while (await connection.ReceiveAsync(stop))
            {
                while (connection.TryTake(out var number, out var body))
                {
                    ClassicMember.Check((ErrorCode)BinaryPrimitives.ReadInt16BigEndian(body[ErrorAt..]), "Heartbeat");
                    latency.Record(Stopwatch.GetElapsedTime(dueAt(number)));
                }
            }

            throw new IOException("the broker closed the connection");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Measured enough.
        }
    }
}
