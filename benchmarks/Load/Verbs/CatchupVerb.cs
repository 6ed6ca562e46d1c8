using System.Buffers;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Verbs;

/// <summary>Reads a topic from its beginning to its end as fast as it comes, one connection a partition, without looking at records.</summary>
internal static class CatchupVerb
{
    private const short FetchVersion = 12; // the last that names topics

    public static async Task<JsonObject> RunAsync(string bootstrap, string topic, int partitions, int fetchBytes, int? serverProcess)
    {
        var latency = new LatencyHistogram();
        var processorTime = new ProcessorTime(serverProcess);
        var started = Stopwatch.GetTimestamp();
        var bytes = (await Task.WhenAll(Enumerable.Range(0, partitions).Select(partition => ReadAsync(bootstrap, topic, partition, fetchBytes, latency)))).Sum();
        var elapsed = Stopwatch.GetElapsedTime(started);
        processorTime.Stop();
        return new JsonObject
        {
            ["verb"] = "catchup",
            ["bootstrap"] = bootstrap,
            ["partitions"] = partitions,
            ["fetchBytes"] = fetchBytes,
            ["seconds"] = Report.Round(elapsed.TotalSeconds),
            ["bytes"] = bytes,
            ["mebibytesPerSecond"] = Report.Round(bytes / Report.Mebi / elapsed.TotalSeconds),
            ["serverCpuSecondsPerGiB"] = processorTime.Server is { } time ? Report.Round(time.TotalSeconds / (bytes / Report.Mebi / 1024)) : null,
            ["fetchLatencyMs"] = Report.Percentiles(latency),
        };
    }

    private static async Task<long> ReadAsync(string bootstrap, string topic, int partition, int fetchBytes, LatencyHistogram latency)
    {
        await using var client = await Topics.ConnectAsync(bootstrap);
        long offset = 0, bytes = 0;
        while (true)
        {
            var sent = Stopwatch.GetTimestamp();
            var response = await client.SendAsync(Request(topic, partition, offset, fetchBytes), FetchVersion);
            latency.Record(Stopwatch.GetElapsedTime(sent));
            var data = response.Responses[0].Partitions[0];
            if (data.ErrorCode != ErrorCode.None)
                throw new InvalidOperationException($"partition {partition} cannot be read at offset {offset}: {data.ErrorCode}");
            offset = NextOffset(data.Records.Sequence, offset);
            bytes += data.Records.Length;
            if (offset >= data.HighWatermark)
                return bytes;
        }
    }

    private static FetchRequest Request(string topic, int partition, long offset, int fetchBytes)
    {
        var wanted = new FetchRequest.FetchTopic { Topic = new TopicName(topic) };
        wanted.Partitions.Add(new FetchRequest.FetchPartition
        {
            Partition = partition,
            FetchOffset = offset,
            CurrentLeaderEpoch = -1,
            LastFetchedEpoch = -1,
            LogStartOffset = -1,
            PartitionMaxBytes = fetchBytes,
        });
        var request = new FetchRequest { MaxWaitMs = 500, MinBytes = 1, MaxBytes = fetchBytes, SessionId = 0, SessionEpoch = -1 };
        request.Topics.Add(wanted);
        return request;
    }

    private static long NextOffset(ReadOnlySequence<byte> records, long offset)
    {
        while (BatchHeader.TryRead(records, out var header) && records.Length >= header.SizeBytes)
        {
            offset = header.BaseOffset + header.LastOffsetDelta + 1;
            records = records.Slice(header.SizeBytes);
        }

        return offset;
    }
}
