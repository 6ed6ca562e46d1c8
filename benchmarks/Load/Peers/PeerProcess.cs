using System.Diagnostics;

namespace DisklessKafka.Load.Peers;

/// <summary>A verb of this program that serves, in a process of its own, as any broker is.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process, string bootstrap) => (_process, Bootstrap) = (process, bootstrap);

    public string Bootstrap { get; }

    public int Id => _process.Id;

    public static PeerProcess Start(string verb, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(PeerProcess).Assembly.Location, verb, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"'{verb}' did not start");
        return new PeerProcess(process, line["ready ".Length..]);
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // it ends with its input
        _process.WaitForExit();
        _process.Dispose();
    }
}
