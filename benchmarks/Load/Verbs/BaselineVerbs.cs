using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Load.Verbs;

/// <summary>What the disk, or an object store, gives without a broker before it: the figure that a broker is held against.</summary>
internal static class BaselineVerbs
{
    /// <summary>Creates, writes and syncs files, <paramref name="concurrency"/> at a time.</summary>
    public static async Task<JsonObject> DiskAsync(string directory, int fileBytes, TimeSpan duration, int concurrency, FileWay way)
    {
        Directory.CreateDirectory(directory);
        var own = Directory.CreateDirectory(Path.Combine(directory, $"load-{Environment.ProcessId}"));
        try
        {
            var report = await MeasureAsync("disk", fileBytes, duration, concurrency, serversParent: null, (number, content) =>
                Task.Run(() => SyncedFile.Write(Path.Combine(own.FullName, $"{number}"), content.Span, way)));
            report["way"] = way.ToString();
            return report;
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    /// <summary>Puts objects, <paramref name="concurrency"/> at a time, and deletes them afterwards.</summary>
    public static async Task<JsonObject> PutAsync(string url, int objectBytes, TimeSpan duration, int concurrency, int? serversParent)
    {
        using var meter = new Meter("load");
        await using var store = await ObjectStoreUrl.Parse(url).OpenAsync(new ObjectStoreServices(TimeProvider.System, TaskScheduler.Default, new Random(1), meter), CancellationToken.None);
        var prefix = $"load-{Environment.ProcessId}/";
        var written = 0;
        var report = await MeasureAsync("put", objectBytes, duration, concurrency, serversParent, async (number, content) =>
        {
            await store.PutAsync($"{prefix}{number}", new ReadOnlySequence<byte>(content), CancellationToken.None);
            Interlocked.Increment(ref written);
        });
        await store.DeleteAsync([.. Enumerable.Range(0, written + concurrency).Select(number => $"{prefix}{number}")], CancellationToken.None);
        return report;
    }

    private static async Task<JsonObject> MeasureAsync(string verb, int bytes, TimeSpan duration, int concurrency, int? serversParent, Func<int, ReadOnlyMemory<byte>, Task> writeAsync)
    {
        var content = SyncedFile.AlignedMemory(bytes);
        new Random(1).NextBytes(content.Span);
        var latency = new LatencyHistogram();
        var next = -1;
        var processorTime = new ProcessorTime(serverId: null, serversParent);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var begun = Stopwatch.GetTimestamp();
                await writeAsync(Interlocked.Increment(ref next), content);
                latency.Record(Stopwatch.GetElapsedTime(begun));
            }
        }));
        var elapsed = Stopwatch.GetElapsedTime(started);
        processorTime.Stop();
        return new JsonObject
        {
            ["verb"] = verb,
            ["bytesEach"] = bytes,
            ["concurrency"] = concurrency,
            ["seconds"] = Report.Round(elapsed.TotalSeconds),
            ["count"] = latency.Count,
            ["mebibytesPerSecond"] = Report.Round(latency.Count * bytes / Report.Mebi / elapsed.TotalSeconds),
            ["latencyMs"] = Report.Percentiles(latency),
            ["processors"] = processorTime.Describe(latency.Count * (double)bytes / (1 << 30)),
        };
    }
}
