using System.Diagnostics;
using System.Text;

namespace DisklessKafka.TestKit.Processes;

/// <summary>What a finished tool left behind.</summary>
public sealed record ToolResult(string CommandLine, int ExitCode, string Output, string Errors)
{
    /// <exception cref="InvalidOperationException">The tool did not end with exit code 0; the message holds all it said.</exception>
    public ToolResult OrThrow() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"'{CommandLine}' ended with exit code {ExitCode}\n{Errors}\n{Output}");
}

/// <summary>Runs a program to its end, feeding and draining its pipes all the while.</summary>
public static class ToolProcess
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(2);

    /// <param name="input">Goes to standard input, which is closed behind it.</param>
    /// <param name="output">Takes standard output as it is, in place of <see cref="ToolResult.Output"/>.</param>
    /// <exception cref="TimeoutException">The tool was still running after <paramref name="limit"/>; it was killed.</exception>
    public static async Task<ToolResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string input = "",
        Stream? output = null,
        string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? limit = null)
    {
        using var process = new Process { StartInfo = Describe(program, arguments, folder, environment) };
        var commandLine = $"{program} {string.Join(' ', process.StartInfo.ArgumentList)}";
        process.Start();
        using var deadline = new CancellationTokenSource(limit ?? DefaultLimit);
        using var text = new MemoryStream();
        try
        {
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var drained = process.StandardOutput.BaseStream.CopyToAsync(output ?? text, deadline.Token);
            await FeedAsync(process, input, deadline.Token);
            await drained;
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult(commandLine, process.ExitCode, Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{commandLine}' had not ended after {limit ?? DefaultLimit}");
        }
    }

    private static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string>? environment)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        return info;
    }

    private static async Task FeedAsync(Process process, string input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool ended without reading its input: its exit code and errors say why.
        }
    }
}
