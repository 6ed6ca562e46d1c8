using System.Diagnostics;

namespace DisklessKafka.Load;

/// <summary>Processor time that this process, and a server's if its process id is known, take from a moment on.</summary>
internal sealed class ProcessorTime : IDisposable
{
    private readonly Process? server;
    private readonly TimeSpan ownAtStart, serverAtStart;

    public ProcessorTime(int? serverId)
    {
        server = serverId is { } id ? Process.GetProcessById(id) : null;
        ownAtStart = Environment.CpuUsage.TotalTime;
        serverAtStart = server?.TotalProcessorTime ?? TimeSpan.Zero;
    }

    public TimeSpan Own => Environment.CpuUsage.TotalTime - ownAtStart;

    public TimeSpan? Server
    {
        get
        {
            server?.Refresh();
            return server?.TotalProcessorTime - serverAtStart;
        }
    }

    public void Dispose() => server?.Dispose();
}
