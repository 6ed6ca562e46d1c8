using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Observability;

/// <summary>What the process costs: processor, memory, garbage collection, threads.</summary>
public static class ProcessMetrics
{
    /// <param name="zone">Empty where the agent has none.</param>
    public static void Observe(Meter meter, string zone)
    {
        KeyValuePair<string, object?>[] build = [new("version", AgentVersion.Text), new("runtime", Environment.Version.ToString()), new("zone", zone)];
        meter.CreateObservableGauge("diskless.build_info", () => new Measurement<long>(1, build), null, "Always 1; the labels tell what runs here");
        meter.CreateObservableCounter("process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time used by the process");
        meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Physical memory of the process");
        meter.CreateObservableGauge("process.start_time", StartTime, "s", "When the process began, Unix time");
        meter.CreateObservableGauge("dotnet.gc.heap", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory of live and not yet collected objects");
        meter.CreateObservableGauge("dotnet.gc.committed", () => GC.GetGCMemoryInfo().TotalCommittedBytes, "By", "Memory that the garbage collector has taken from the system");
        meter.CreateObservableCounter("dotnet.gc.allocated", () => GC.GetTotalAllocatedBytes(), "By", "Memory allocated so far");
        meter.CreateObservableCounter("dotnet.gc.pause", () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time for which garbage collection stopped the process");
        meter.CreateObservableCounter("dotnet.gc.collections", Collections, "{collection}", "Garbage collections, by generation");
        meter.CreateObservableGauge("dotnet.thread_pool.threads", () => ThreadPool.ThreadCount, "{thread}", "Threads of the thread pool");
        meter.CreateObservableGauge("dotnet.thread_pool.queue", () => ThreadPool.PendingWorkItemCount, "{item}", "Work that waits for a thread");
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static IEnumerable<Measurement<long>> Collections()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            yield return new Measurement<long>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation));
    }
}
