using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.TestKit.Servers;

/// <summary>
/// A program that a test starts, watches and ends. What it prints is kept for the message when something goes wrong.
/// It is ended by its process id, and also when the test process dies in whatever way.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 500;
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly Watchdog _watchdog;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Lock _gate = new();
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Found)> _waiting = [];

    private ServerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, printed) => Take(printed.Data);
        _process.ErrorDataReceived += (_, printed) => Take(printed.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _watchdog = new Watchdog(_process.Id);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of both output streams.</summary>
    public string Output => string.Join('\n', _lines);

    public static ServerProcess Start(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        try
        {
            return new(start);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"cannot start '{program}': {error.Message}. Is its package installed?", error);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan timeout, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using var run = Start(program, arguments, folder, environment);
        await run.WaitForExitAsync(timeout);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException(
            $"'{run.CommandLine}' ended with code {run.ExitCode}:\n{run.Output}");
    }

    /// <summary>A port of 127.0.0.1 that nothing listens on, and that the kernel gives to no outgoing connection before the server has it.</summary>
    public static int FreePort() => LoopbackPort.Free(Random.Shared);

    /// <summary>Asks again and again until the probe says yes; an exception of the probe counts as no.</summary>
    /// <param name="what">"answers on port 80": what has not happened when time is up.</param>
    public async Task WaitUntilAsync(string what, Func<CancellationToken, Task<bool>> probe, TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        Exception? last = null;
        while (!_process.HasExited && !deadline.IsCancellationRequested)
        {
            try
            {
                if (await probe(deadline.Token))
                    return;
                await Task.Delay(ProbePause, deadline.Token);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                last = error is OperationCanceledException ? last : error;
                await Task.Delay(ProbePause, CancellationToken.None);
            }
        }

        throw Failure(_process.HasExited ? $"ended with code {_process.ExitCode} before it {what}" : $"has not reached '{what}' within {timeout}", last);
    }

    /// <summary>The first line printed from now on or before that matches.</summary>
    public async Task<string> WaitForLineAsync(string what, Func<string, bool> matches, TimeSpan timeout)
    {
        TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.FirstOrDefault(matches) is { } line)
                return line;
            _waiting.Add((matches, found));
        }

        var exit = _process.WaitForExitAsync();
        await Task.WhenAny(found.Task, exit, Task.Delay(timeout));
        return found.Task.IsCompletedSuccessfully ? await found.Task : throw Failure(
            exit.IsCompleted ? $"ended with code {_process.ExitCode} before it printed {what}" : $"has not printed {what} within {timeout}", null);
    }

    public async Task WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout);
        }
        catch (TimeoutException error)
        {
            throw Failure($"has not ended within {timeout}", error);
        }
    }

    /// <summary>SIGTERM, or another signal by name.</summary>
    public Task SignalAsync(string signal = "TERM") =>
        RunAsync("/bin/kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10));

    /// <summary>SIGKILL: the process gets to do nothing more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _watchdog.Dispose(); // first: the process id may soon be another's
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private string CommandLine => $"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}";

    private InvalidOperationException Failure(string what, Exception? cause) =>
        new($"'{CommandLine}' {what}{(cause is null ? "" : $" ({cause.Message})")}. Its output:\n{Output}", cause);

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
                _lines.TryDequeue(out _);
            _waiting.RemoveAll(each => each.Matches(line) && each.Found.TrySetResult(line));
        }
    }
}
