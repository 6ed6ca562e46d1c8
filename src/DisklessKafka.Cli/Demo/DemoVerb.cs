using System.Globalization;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Demo;

/// <summary>
/// Shows the whole thing by itself: an agent on the embedded default in a temporary folder, a producer and a consumer that
/// talk to it over the wire, and figures. Leaves nothing behind.
/// </summary>
internal static class DemoVerb
{
    private const int Partitions = 4;
    private const short CreateTopicsVersion = 7;

    public static async Task<int> RunAsync(int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("diskless-demo-").FullName;
        using var loggers = ConsoleLog.Create(LogDetail.Warning, TimeProvider.System);
        try
        {
            var options = new AgentOptions { Listen = new HostPort("127.0.0.1", 0), Http = null, Data = folder, Objects = $"file:{folder}/objects" };
            await using var host = await AgentHost.StartAsync(options, TimeProvider.System, new SystemRandom(), loggers, CancellationToken.None);
            Console.WriteLine($"DisklessKafka {AgentVersion.Text}: an agent on {host.Node.Advertised}, its data in {folder}");
            var run = await RunAsync(host, TimeSpan.FromSeconds(seconds));
            Tell(run, host, folder);
            await host.StopAsync();
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or TimeoutException)
        {
            Console.Error.WriteLine($"diskless: the demo failed: {e.Message}");
            return ExitCodes.Failed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<DemoRun> RunAsync(AgentHost host, TimeSpan duration)
    {
        var time = TimeProvider.System;
        await using var producing = await BrokerConnection.ConnectAsync(host.Node.EndPoint);
        await using var consuming = await BrokerConnection.ConnectAsync(host.Node.EndPoint);
        var topic = await CreateTopicAsync(producing);
        var noise = new byte[DemoRecord.Bytes];
        new Random(1).NextBytes(noise);
        using var producer = new DemoProducer(producing, topic, Partitions, time, noise);
        var consumer = new DemoConsumer(consuming, topic, Partitions, time) { IsTiming = true };
        using var watching = new CancellationTokenSource();
        var wanted = long.MaxValue;
        var reading = consumer.RunAsync(() => Volatile.Read(ref wanted), CancellationToken.None);
        var progress = ShowAsync(producer, consumer, time, watching.Token);

        Console.WriteLine("1. 400 records a second of 1 KiB, as an application would: look at the latency");
        await producer.PaceAsync(duration / 2, TimeSpan.FromMilliseconds(10), records: 4);
        consumer.IsTiming = false;
        Console.WriteLine("2. as many records as go: look at the throughput");
        var (before, begun) = (producer.Acknowledged, time.GetTimestamp());
        await producer.PushAsync(duration / 2, recordsPerPartition: 900);
        var pushed = (producer.Acknowledged - before) / time.GetElapsedTime(begun).TotalSeconds;
        Volatile.Write(ref wanted, producer.Produced);
        await reading.WaitAsync(TimeSpan.FromSeconds(30), time);
        await watching.CancelAsync();
        await progress;
        return new(producer, consumer, pushed);
    }

    private static async Task<TopicId> CreateTopicAsync(BrokerConnection connection)
    {
        var response = await connection.SendAsync(
            new CreateTopicsRequest { Topics = [new() { Name = new TopicName("demo"), NumPartitions = Partitions, ReplicationFactor = -1 }], TimeoutMs = 10_000 }, CreateTopicsVersion);
        return response.Topics[0] is { ErrorCode: ErrorCode.None } created ? created.TopicId : throw new InvalidOperationException($"no topic: {response.Topics[0].ErrorMessage}");
    }

    /// <summary>A line each second.</summary>
    private static async Task ShowAsync(DemoProducer producer, DemoConsumer consumer, TimeProvider time, CancellationToken cancellation)
    {
        var last = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                var produced = producer.Acknowledged;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"   acknowledged {produced,9:N0} ({Rate(produced - last),7:F1} MB/s)   consumed {consumer.Consumed,9:N0}   newest: {consumer.Newest}"));
                last = produced;
            }
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }

    private static void Tell(DemoRun run, AgentHost host, string folder)
    {
        var objects = new DirectoryInfo(Path.Combine(folder, "objects")).EnumerateFiles("*", SearchOption.AllDirectories).ToList();
        var segments = objects.Where(file => file.FullName.Contains("segments", StringComparison.Ordinal)).ToList();
        var segmentReads = Metric(host, "diskless_cache_misses_total");
        var (puts, creates, reads) = (Calls(host, "put"), Calls(host, "create"), Calls(host, "read") - segmentReads);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            records     {run.Consumer.Consumed:N0} of 1 KiB produced and consumed, each once and in order in its partition
            throughput  {Rate(run.PushedPerSecond):F1} MB/s acknowledged, one producer, one consumer, one agent in this process
            latency     {Percentiles(run.Producer.AckedMs)} until acknowledged (in object storage and in the log)
                        {Percentiles(run.Consumer.EndToEndMs)} until consumed
            objects     {segments.Count:N0} segments with {segments.Sum(file => file.Length) / 1e6:F1} MB
            requests    {puts:N0} PUTs and {segmentReads:N0} GETs of segments (new records are read from memory); {creates:N0} creates and {reads:N0} reads of the metadata log
            """));
    }

    private static long Calls(AgentHost host, string operation) => Metric(host, $"diskless_object_store_duration_seconds_count{{operation=\"{operation}\"");

    /// <summary>Summed over its series, from the agent's own metrics, as an operator would look it up.</summary>
    private static long Metric(AgentHost host, string prefix) => host.Metrics.Scrape().Split('\n')
        .Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static string Percentiles(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? "(none)" : string.Create(CultureInfo.InvariantCulture, $"p50 {At(0.5),6:F1}  p95 {At(0.95),6:F1}  p99 {At(0.99),6:F1}  max {sorted[^1],6:F1} ms");

        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    private static double Rate(double records) => records * DemoRecord.Bytes / 1e6;

    /// <param name="PushedPerSecond">Records.</param>
    private sealed record DemoRun(DemoProducer Producer, DemoConsumer Consumer, double PushedPerSecond);
}
