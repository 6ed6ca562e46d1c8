using System.Net;
using DisklessKafka.TestKit.Network;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.Chaos.Cluster;

/// <summary>
/// A place for an agent in the cluster: a zone, and relays of its own towards the stores; in it one agent process after the other,
/// at the same address unless it is replaced.
/// </summary>
internal sealed class ChaosAgent : IAsyncDisposable
{
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(500), RestartLimit = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<string> _arguments;
    private readonly List<string> _said = [];
    private AgentProcess? _process;

    /// <param name="log">Its way to the metadata log; null where there is no network between.</param>
    public ChaosAgent(int index, string zone, IReadOnlyList<string> storeArguments, CuttingProxy? log, CuttingProxy? store)
    {
        (Index, Zone, Log, Store) = (index, zone, log, store);
        Address = FreeAddress();
        _arguments = [.. storeArguments, "--zone", zone];
    }

    public int Index { get; }

    public string Zone { get; }

    public IPEndPoint Address { get; private set; }

    public CuttingProxy? Log { get; }

    public CuttingProxy? Store { get; }

    /// <summary>Has a process, if perhaps one that is not ready yet or does not run on.</summary>
    public bool IsUp => _process is { HasExited: false };

    /// <summary>What ended processes said last, for the report of a failed run.</summary>
    public IReadOnlyList<string> Said => _process is null ? _said : [.. _said, _process.Said];

    /// <summary>Starts an agent, and another one as long as it ends because a store is away: what a supervisor does.</summary>
    public async Task StartAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await DropAsync();
            _process = AgentProcess.Launch([.. _arguments, "--listen", Address.ToString()]);
            try
            {
                await _process.WhenReadyAsync();
                return;
            }
            catch (InvalidOperationException) when (TimeProvider.System.GetElapsedTime(started) < RestartLimit)
            {
                await Task.Delay(RestartPause);
            }
        }
    }

    /// <summary>Another agent takes the place of one that is gone, at a new address: to clients another broker.</summary>
    public Task ReplaceAsync()
    {
        Address = FreeAddress();
        return StartAsync();
    }

    public Task KillAsync() => _process is { HasExited: false } running ? running.KillAsync() : Task.CompletedTask;

    /// <summary>Asks it to leave.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public async Task TerminateAsync(TimeSpan limit)
    {
        if (_process is not { HasExited: false } running)
            return;
        if (await running.TerminateAsync(limit) is not 0 and var exitCode)
            throw new InvalidOperationException($"agent {Index} was asked to end and ended with exit code {exitCode}; it said:\n{running.Said}");
    }

    public Task PauseAsync() => _process is { HasExited: false } running ? running.PauseAsync() : Task.CompletedTask;

    public Task ResumeAsync() => _process is { HasExited: false } running ? running.ResumeAsync() : Task.CompletedTask;

    /// <summary>Of the process that should run; null if it does.</summary>
    public int? ExitCode => _process is { HasExited: true } gone ? gone.ExitCode : null;

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        if (Log is not null)
            await Log.DisposeAsync();
        if (Store is not null)
            await Store.DisposeAsync();
    }

    // Ports are no part of the plan: runs of one seed may go on side by side.
    private static IPEndPoint FreeAddress() => new(IPAddress.Loopback, LoopbackPort.Free(Random.Shared));

    private async Task DropAsync()
    {
        if (_process is null)
            return;
        _said.Add(_process.Said);
        await _process.DisposeAsync();
        _process = null;
    }
}
