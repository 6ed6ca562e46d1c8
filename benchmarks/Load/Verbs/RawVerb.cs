using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Verbs;

/// <param name="RequestsPerSecond">Open loop at this rate over all connections; 0 for a closed loop.</param>
internal sealed record RawLoad(
    string Bootstrap,
    string Topic,
    int Partitions,
    int Connections,
    int InFlight,
    int BatchBytes,
    int RecordBytes,
    double RequestsPerSecond,
    TimeSpan Warmup,
    TimeSpan Duration,
    int? ServerProcess,
    string? Metrics);

/// <summary>
/// Sends the same encoded produce requests again and again, one batch each, so that next to nothing is spent on this side: what
/// is measured is the broker. A connection keeps <see cref="RawLoad.InFlight"/> requests under way.
/// </summary>
internal static class RawVerb
{
    private const short ProduceVersion = 9;
    private const int CorrelationIdAt = 8; // behind length, API key and version

    public static async Task<JsonObject> RunAsync(RawLoad load)
    {
        await Topics.EnsureAsync(load.Bootstrap, load.Topic, load.Partitions);
        var latency = new LatencyHistogram();
        using var stop = new CancellationTokenSource();
        var progress = new Progress();
        var frames = EncodeFrames(load); // before the first connection: encoding takes longer than a warm-up where there are many
        var connections = Enumerable.Range(0, load.Connections).Select(number => RunConnectionAsync(load, frames[number], latency, progress, stop.Token)).ToArray();

        await Task.WhenAny(Task.Delay(load.Warmup), Task.WhenAll(connections));
        latency.Clear();
        var processorTime = new ProcessorTime(load.ServerProcess);
        var metrics = load.Metrics is { } address ? await AgentMetrics.ReadAsync(address) : null;
        var (bytes, started) = (progress.Bytes, Stopwatch.GetTimestamp());
        await Task.WhenAny(Task.Delay(load.Duration), Task.WhenAny(connections));
        bytes = progress.Bytes - bytes;
        var elapsed = Stopwatch.GetElapsedTime(started);
        processorTime.Stop();
        var (own, server) = (processorTime.Own, processorTime.Server);
        var measured = metrics is null ? null : (await AgentMetrics.ReadAsync(load.Metrics!)).Since(metrics);
        await stop.CancelAsync();
        await Task.WhenAll(connections);

        var gibibytes = bytes / Report.Mebi / 1024;
        return new JsonObject
        {
            ["verb"] = "raw",
            ["bootstrap"] = load.Bootstrap,
            ["loop"] = load.RequestsPerSecond > 0 ? "open" : "closed",
            ["connections"] = load.Connections,
            ["inFlight"] = load.InFlight,
            ["partitions"] = load.Partitions,
            ["batchBytes"] = load.BatchBytes,
            ["seconds"] = Report.Round(elapsed.TotalSeconds),
            ["requestsPerSecond"] = Report.Round(latency.Count / elapsed.TotalSeconds),
            ["gibibytesPerSecond"] = Report.Round(gibibytes / elapsed.TotalSeconds),
            ["clientCpuSecondsPerGiB"] = Report.Round(own.TotalSeconds / gibibytes),
            ["serverCpuSecondsPerGiB"] = server is { } time ? Report.Round(time.TotalSeconds / gibibytes) : null,
            ["serverGibibytesPerCpuSecond"] = server is { } taken ? Report.Round(gibibytes / taken.TotalSeconds) : null,
            ["latencyMs"] = Report.Percentiles(latency),
            ["agentMs"] = measured,
        };
    }

    private static async Task RunConnectionAsync(RawLoad load, byte[][] frames, LatencyHistogram latency, Progress progress, CancellationToken stop)
    {
        await using var client = await Topics.ConnectAsync(load.Bootstrap);
        var dues = new Queue<long>();
        var pacer = load.RequestsPerSecond > 0 ? new Pacer(load.RequestsPerSecond / load.Connections) : null;
        long sent = 0;
        while (true)
        {
            while (dues.Count < load.InFlight && !stop.IsCancellationRequested)
            {
                var due = pacer?.DueAt(sent) ?? Stopwatch.GetTimestamp();
                if (due > Stopwatch.GetTimestamp())
                {
                    if (dues.Count > 0)
                        break; // an answer may come before the next request is due
                    Pacer.WaitUntil(due);
                }

                var frame = frames[sent % load.InFlight];
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(CorrelationIdAt), (int)++sent & int.MaxValue);
                dues.Enqueue(due);
                await client.SendRawAsync(frame);
            }

            if (!dues.TryDequeue(out var sentAt))
                return;
            Check(await client.ReadFrameAsync());
            latency.Record(Stopwatch.GetElapsedTime(sentAt));
            progress.Add(load.BatchBytes);
        }
    }

    private static void Check(byte[] frame)
    {
        var response = WireFrames.DecodeResponse<ProduceResponse>(frame, ApiTable.Of(ApiKey.Produce), ProduceVersion);
        var partition = response.Responses[0].PartitionResponses[0];
        if (partition.ErrorCode != ErrorCode.None)
            throw new InvalidOperationException($"a batch was refused: {partition.ErrorCode} {partition.ErrorMessage}");
    }

    /// <summary>Of each connection one for each request under way: a frame must not change while it is being sent.</summary>
    private static byte[][][] EncodeFrames(RawLoad load)
    {
        var payload = new Payload(load.RecordBytes);
        return [.. Enumerable.Range(0, load.Connections).Select(number =>
            Enumerable.Range(0, load.InFlight).Select(slot => EncodeFrame(load, payload, (number + slot) % load.Partitions)).ToArray())];
    }

    private static byte[] EncodeFrame(RawLoad load, Payload payload, int partition)
    {
        var builder = new BatchBuilder();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        while (builder.UncompressedBytes + load.RecordBytes + 16 < load.BatchBytes)
            builder.Append(now, null, payload.Next().ToArray());
        var data = new ProduceRequest.TopicProduceData { Name = new TopicName(load.Topic) };
        data.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = partition, Records = new RecordsField(builder.Build()) });
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
        request.TopicData.Add(data);
        return WireFrames.Encode(request, ApiKey.Produce, ProduceVersion, 0, "load");
    }

    private sealed class Progress
    {
        private long _bytes;

        public long Bytes => Interlocked.Read(ref _bytes);

        public void Add(int count) => Interlocked.Add(ref _bytes, count);
    }
}
