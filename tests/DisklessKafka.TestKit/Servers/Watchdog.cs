using System.Diagnostics;
using System.Globalization;

namespace DisklessKafka.TestKit.Servers;

/// <summary>
/// Kills a process when this one dies in whatever way: a shell that holds the other end of a pipe sees that and does it. Called off
/// by disposing.
/// </summary>
public sealed class Watchdog(int processId) : IDisposable
{
    private readonly Process _shell = Process.Start(new ProcessStartInfo(
        "/bin/sh", ["-c", "while read -r _; do :; done; kill -9 \"$1\" 2>/dev/null", "sh", processId.ToString(CultureInfo.InvariantCulture)])
    {
        RedirectStandardInput = true,
        UseShellExecute = false,
    })!;

    public void Dispose()
    {
        _shell.Kill();
        _shell.Dispose();
    }
}
