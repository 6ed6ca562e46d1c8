using System.Diagnostics;
using System.Text.Json.Nodes;

namespace DisklessKafka.Load;

/// <summary>
/// Processor time from a moment on, by who took it: this process, a server, each program that runs below another process (the servers
/// of an S3 run), and the kernel's own threads, which write back what others have dirtied.
/// </summary>
internal sealed class ProcessorTime(int? serverId, int? parentId = null)
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly ProcessTable _before = ProcessTable.Read(serverId, parentId);
    private ProcessTable? _after;

    /// <summary>Ends the measurement.</summary>
    public void Stop()
    {
        _after = ProcessTable.Read(serverId, parentId);
        Elapsed = Stopwatch.GetElapsedTime(_startedAt);
    }

    public TimeSpan Elapsed { get; private set; }

    public TimeSpan Own => Of(ProcessTable.Client);

    public TimeSpan? Server => serverId is null ? null : Of(ProcessTable.Server);

    /// <summary>
    /// What each takes for a GiB, and the rate at which they would fill all cores between them: no run on this machine can be
    /// faster, whatever a yardstick reaches that leaves some of them out.
    /// </summary>
    public JsonObject Describe(double gibibytes)
    {
        var all = _after!.Seconds.Keys.ToDictionary(name => name, name => Of(name).TotalSeconds / gibibytes, StringComparer.Ordinal);
        var shares = new JsonObject();
        foreach (var (name, seconds) in all.Where(share => share.Value >= 0.001).OrderByDescending(share => share.Value))
            shares[name] = Report.Round(seconds);
        var sum = all.Values.Sum();
        return new JsonObject
        {
            ["cpuSecondsPerGiB"] = shares,
            ["sum"] = Report.Round(sum),
            ["cores"] = Environment.ProcessorCount,
            ["ceilingMebibytesPerSecond"] = Report.Round(Environment.ProcessorCount / sum * 1024),
            ["coresBusyWithThis"] = Report.Round(sum * gibibytes / Elapsed.TotalSeconds),
            ["coresBusy"] = Report.Round((_after.MachineSeconds - _before.MachineSeconds) / Elapsed.TotalSeconds),
        };
    }

    /// <summary>How many cores each kept busy.</summary>
    public JsonObject Cores()
    {
        JsonObject cores = [];
        foreach (var name in _after!.Seconds.Keys.OrderByDescending(Of))
            if (Of(name) / Elapsed >= 0.01)
                cores[name] = Report.Round(Of(name) / Elapsed);
        return cores;
    }

    private TimeSpan Of(string name) =>
        TimeSpan.FromSeconds(_after!.Seconds.GetValueOrDefault(name) - _before.Seconds.GetValueOrDefault(name));
}
