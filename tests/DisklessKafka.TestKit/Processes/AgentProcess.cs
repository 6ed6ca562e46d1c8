using System.Diagnostics;
using System.Text.RegularExpressions;
using DisklessKafka.TestKit.Servers;

namespace DisklessKafka.TestKit.Processes;

/// <summary>
/// A real agent in a process of its own, as an operator would run it. Disposing kills it; to see it end well, terminate it.
/// </summary>
public sealed partial class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private const int KeptLines = 2_000; // of what the agent says, for the message of a failed test

    private readonly Process _process;
    private Watchdog? _watchdog;
    private readonly Queue<string> _lines = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously); // the next line

    private AgentProcess(Process process) => _process = process;

    /// <summary>HOST:PORT that Kafka clients connect to.</summary>
    public string Bootstrap { get; private set; } = "";

    /// <summary>The line that says that the agent serves, with all its addresses.</summary>
    public string ReadyLine { get; private set; } = "";

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What the agent last said on both its outputs.</summary>
    public string Said
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Starts an agent and waits until it serves.</summary>
    /// <param name="arguments">As for <c>agent</c>; <c>--listen</c> and <c>--http</c> on free loopback ports unless given.</param>
    /// <exception cref="InvalidOperationException">The agent ended before it served.</exception>
    /// <exception cref="TimeoutException">It did not serve within a minute.</exception>
    public static async Task<AgentProcess> StartAsync(params IReadOnlyList<string> arguments)
    {
        var agent = Launch(arguments);
        try
        {
            await agent.WhenReadyAsync();
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts an agent without waiting: it may be killed while it still starts.</summary>
    public static AgentProcess Launch(params IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[TestMachine.AgentAssembly, "agent", .. arguments])
            info.ArgumentList.Add(argument);
        foreach (var port in (string[])["--listen", "--http"])
        {
            if (!arguments.Contains(port))
            {
                info.ArgumentList.Add(port);
                info.ArgumentList.Add("127.0.0.1:0");
            }
        }

        var agent = new AgentProcess(new Process { StartInfo = info, EnableRaisingEvents = true });
        agent.Start();
        return agent;
    }

    /// <inheritdoc cref="StartAsync" path="/exception"/>
    public async Task WhenReadyAsync()
    {
        try
        {
            ReadyLine = await _ready.Task.WaitAsync(StartLimit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the agent did not say 'ready' within {StartLimit}; it said:\n{Said}");
        }

        Bootstrap = Address().Match(ReadyLine) is { Success: true } match
            ? match.Value
            : throw new InvalidOperationException($"no address in the agent's line '{ReadyLine}'");
    }

    /// <summary>Waits until the agent has said that text in so many lines.</summary>
    public async Task SaysAsync(string text, TimeSpan limit, int times = 1)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (Said.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal)) < times)
        {
            var next = _heard; // before the next look, so that no line falls between
            if (Said.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal)) >= times) return;
            try
            {
                await next.Task.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"the agent did not say '{text}' within {limit}; it said:\n{Said}");
            }
        }
    }

    /// <summary>SIGTERM, then waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        await SignalAsync("TERM");
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the agent had not ended {limit} after SIGTERM; it said:\n{Said}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: the agent does nothing any more, its connections stay open; until <see cref="ResumeAsync"/>.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: the agent goes on where it was and knows nothing of the time between.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>SIGKILL: the agent gets no chance to do anything. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _watchdog?.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task SignalAsync(string signal) =>
        (await ToolProcess.RunAsync("/bin/sh", ["-c", $"kill -{signal} {_process.Id}"])).OrThrow();

    private void Start()
    {
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"the agent ended before it was ready; it said:\n{Said}"));
        _process.Start();
        _watchdog = new Watchdog(_process.Id);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
        }

        if (line.StartsWith("ready", StringComparison.Ordinal))
            _ready.TrySetResult(line);
        var next = _heard;
        _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        next.TrySetResult();
    }

    [GeneratedRegex(@"[\w.\-]+:\d+")]
    private static partial Regex Address();
}
