using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DisklessKafka.Peers;

namespace DisklessKafka.Load.Verbs;

/// <summary>
/// An open-loop producer and a reader that follows it, in one process, so that one clock times both: from the moment a record
/// fell due to its acknowledgement, and to its arrival at the reader.
/// </summary>
internal static class TailVerb
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    public static async Task<JsonObject> RunAsync(ProduceLoad load)
    {
        await Topics.EnsureAsync(load.Bootstrap, load.Topic, load.Partitions);
        var endToEnd = new LatencyHistogram();
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var producer = ProduceVerb.Open(load);
        var reader = StartThread(() => Follow(load, endToEnd, started, stop.Token));
        await Task.WhenAny(started.Task, reader);
        var sender = StartThread(() => Send(producer, load, stop.Token));

        await Task.WhenAny(Task.Delay(load.Warmup), sender, reader);
        producer.Latency.Clear();
        endToEnd.Clear();
        var metrics = load.Metrics is { } address ? await AgentMetrics.ReadAsync(address) : null;
        await Task.WhenAny(Task.Delay(load.Duration), sender, reader);
        var (produce, read) = (Report.Percentiles(producer.Latency), Report.Percentiles(endToEnd));
        var difference = endToEnd.Quantile(0.99) - producer.Latency.Quantile(0.99);
        var measured = metrics is null ? null : (await AgentMetrics.ReadAsync(load.Metrics!)).Since(metrics);
        await stop.CancelAsync();
        await Task.WhenAll(sender, reader);
        return new JsonObject
        {
            ["verb"] = "tail",
            ["bootstrap"] = load.Bootstrap,
            ["recordsPerSecond"] = load.RecordsPerSecond,
            ["recordBytes"] = load.RecordBytes,
            ["partitions"] = load.Partitions,
            ["failed"] = producer.Failed,
            ["produceLatencyMs"] = produce,
            ["endToEndLatencyMs"] = read,
            ["endToEndP99MinusProduceP99Ms"] = Report.Round(difference.TotalMilliseconds),
            ["agentMs"] = measured,
        };
    }

    private static Task StartThread(Action body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Send(Peers.NativeProducer producer, ProduceLoad load, CancellationToken stop)
    {
        var payload = new Payload(Math.Max(load.RecordBytes, sizeof(long)));
        var pacer = new Pacer(load.RecordsPerSecond);
        for (long index = 0; !stop.IsCancellationRequested; index++)
        {
            var due = pacer.DueAt(index);
            Pacer.WaitUntil(due);
            var value = payload.Next();
            BinaryPrimitives.WriteInt64LittleEndian(value, due);
            producer.Produce((int)(index % load.Partitions), value, due);
        }
    }

    private static void Follow(ProduceLoad load, LatencyHistogram endToEnd, TaskCompletionSource started, CancellationToken stop)
    {
        Librdkafka.Load();
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = load.Bootstrap,
            BrokerAddressFamily = BrokerAddressFamily.V4,
            GroupId = "none", // asked for by the library; without subscription and commits no group comes to be
            EnableAutoCommit = false,
        }).Build();
        var places = Enumerable.Range(0, load.Partitions).Select(partition => new TopicPartition(load.Topic, partition));
        consumer.Assign(places.Select(place => new TopicPartitionOffset(place, consumer.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(30)).High)));
        consumer.Consume(PollTime);
        started.SetResult();
        while (!stop.IsCancellationRequested)
        {
            if (consumer.Consume(PollTime) is { } result)
                endToEnd.Record(Stopwatch.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(result.Message.Value)));
        }
    }
}
