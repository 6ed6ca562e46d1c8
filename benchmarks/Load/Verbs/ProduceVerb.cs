using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DisklessKafka.Load.Peers;

namespace DisklessKafka.Load.Verbs;

/// <param name="RecordsPerSecond">Open loop at this rate; 0 for a closed loop: as fast as the producer's queue drains.</param>
/// <param name="ServerProcess">The broker's process id, to count its processor time.</param>
/// <param name="ServersParent">The process id under which the servers run that the broker uses.</param>
/// <param name="Metrics">HOST:PORT of the agent's metrics, to report what it measured itself.</param>
internal sealed record ProduceLoad(
    string Bootstrap,
    string Topic,
    int Partitions,
    int RecordBytes,
    double RecordsPerSecond,
    TimeSpan Warmup,
    TimeSpan Duration,
    int LingerMs,
    bool Idempotent,
    int? ServerProcess,
    int? ServersParent = null,
    string? Metrics = null);

/// <summary>Produces with librdkafka and counts what is acknowledged (acks=all) within the measured time.</summary>
internal static class ProduceVerb
{
    private const int QueueKibibytes = 64 << 10; // what librdkafka may hold: enough for full requests to every partition
    private const int TimedInClosedLoop = 16; // of so many records one is timed: the clock would cost as much as the record

    public static async Task<JsonObject> RunAsync(ProduceLoad load)
    {
        await Topics.EnsureAsync(load.Bootstrap, load.Topic, load.Partitions);
        using var producer = Open(load);
        using var stop = new CancellationTokenSource();
        var sender = Task.Factory.StartNew(() => Send(producer, load, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        await Task.WhenAny(Task.Delay(load.Warmup), sender);
        producer.Latency.Clear();
        var processorTime = new ProcessorTime(load.ServerProcess, load.ServersParent);
        var (delivered, started) = (producer.Delivered, Stopwatch.GetTimestamp());
        await Task.WhenAny(Task.Delay(load.Duration), sender);
        delivered = producer.Delivered - delivered;
        var elapsed = Stopwatch.GetElapsedTime(started);
        processorTime.Stop();
        var latency = Report.Percentiles(producer.Latency);

        await stop.CancelAsync();
        await sender;
        producer.Flush(TimeSpan.FromSeconds(30));
        return Describe(load, producer.Failed, delivered, elapsed, processorTime, latency);
    }

    /// <summary>Settings that every librdkafka load here shares: acks=all and requests of up to a megabyte.</summary>
    public static NativeProducer Open(ProduceLoad load) => new(load.Bootstrap, load.Topic,
    [
        ("acks", "all"),
        ("enable.idempotence", load.Idempotent ? "true" : "false"),
        ("linger.ms", load.LingerMs.ToString(CultureInfo.InvariantCulture)),
        ("batch.size", "1000000"),
        ("batch.num.messages", "100000"),
        ("queue.buffering.max.messages", "1000000"),
        ("queue.buffering.max.kbytes", QueueKibibytes.ToString(CultureInfo.InvariantCulture)),
    ]);

    private static void Send(NativeProducer producer, ProduceLoad load, CancellationToken stop)
    {
        var payload = new Payload(load.RecordBytes);
        var pacer = load.RecordsPerSecond > 0 ? new Pacer(load.RecordsPerSecond) : null;
        for (long index = 0; !stop.IsCancellationRequested; index++)
        {
            var due = pacer?.DueAt(index) ?? (index % TimedInClosedLoop == 0 ? Stopwatch.GetTimestamp() : 0);
            if (pacer is not null)
                Pacer.WaitUntil(due);
            producer.Produce((int)(index % load.Partitions), payload.Next(), due);
        }
    }

    private static JsonObject Describe(ProduceLoad load, long failed, long delivered, TimeSpan elapsed, ProcessorTime processorTime, JsonObject latency)
    {
        var bytes = (double)delivered * load.RecordBytes;
        return new JsonObject
        {
            ["verb"] = "produce",
            ["client"] = $"librdkafka {DisklessKafka.Peers.Librdkafka.Load()}",
            ["bootstrap"] = load.Bootstrap,
            ["loop"] = load.RecordsPerSecond > 0 ? "open" : "closed",
            ["partitions"] = load.Partitions,
            ["recordBytes"] = load.RecordBytes,
            ["idempotent"] = load.Idempotent,
            ["seconds"] = Report.Round(elapsed.TotalSeconds),
            ["records"] = delivered,
            ["failed"] = failed,
            ["recordsPerSecond"] = Math.Round(delivered / elapsed.TotalSeconds),
            ["mebibytesPerSecond"] = Report.Round(bytes / Report.Mebi / elapsed.TotalSeconds),
            ["clientCpuSecondsPerGiB"] = Report.Round(processorTime.Own.TotalSeconds / (bytes / (1 << 30))),
            ["serverCpuSecondsPerGiB"] = processorTime.Server is { } time ? Report.Round(time.TotalSeconds / (bytes / (1 << 30))) : null,
            ["latencyMs"] = latency,
            ["processors"] = processorTime.Describe(bytes / (1 << 30)),
        };
    }
}
