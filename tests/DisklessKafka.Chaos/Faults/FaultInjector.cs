using System.Collections.Concurrent;
using DisklessKafka.Chaos.Cluster;

namespace DisklessKafka.Chaos.Faults;

/// <summary>Does to a cluster what a plan says, and undoes it.</summary>
/// <param name="healed">Is told of each fault when nothing is left of it.</param>
internal sealed class FaultInjector(ChaosCluster cluster, RunRecord run, int seed, Action<FaultRecord> healed)
{
    private const double LostAnswers = 0.1, KilledBelow = 0.5;
    private static readonly TimeSpan GoodEnd = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(400);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _taken = new();

    /// <summary>
    /// Injects all faults at their times, or as soon as an earlier fault of the same thing is healed; returns when the last one is.
    /// </summary>
    public async Task RunAsync(IEnumerable<PlannedFault> plan, CancellationToken stop)
    {
        var started = run.Clock.Now;
        await Task.WhenAll(plan.Select(fault => RunAsync(fault, started, stop)));
    }

    private async Task RunAsync(PlannedFault fault, long started, CancellationToken stop)
    {
        var wait = RunClock.ToTime(started) + fault.At - run.Clock.Elapsed;
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, stop);
        var action = ActionOf(fault);
        foreach (var part in action.Parts)
            await _taken.GetOrAdd(part, _ => new SemaphoreSlim(1, 1)).WaitAsync(stop);
        try
        {
            await RunAsync(action, fault, stop);
        }
        finally
        {
            foreach (var part in action.Parts)
                _taken[part].Release();
        }
    }

    private async Task RunAsync(FaultAction action, PlannedFault fault, CancellationToken stop)
    {
        var began = run.Clock.Now;
        await action.BeginAsync();
        try
        {
            await Task.Delay(fault.Lasts, stop);
        }
        finally
        {
            await action.EndAsync();
            var record = new FaultRecord(fault.Kind, action.Target, action.Agents, began, run.Clock.Now);
            run.Faults.Enqueue(record);
            healed(record);
        }
    }

    private FaultAction ActionOf(PlannedFault fault) => fault.Kind switch
    {
        FaultKind.KillAgent => OnAgent(fault, agent => agent.KillAsync(), agent => agent.StartAsync()),
        FaultKind.StopAgent => OnAgent(fault, agent => agent.TerminateAsync(GoodEnd), agent => agent.StartAsync()),
        FaultKind.ReplaceAgent => OnAgent(fault, agent => fault.Strength < KilledBelow ? agent.KillAsync() : agent.TerminateAsync(GoodEnd), agent => agent.ReplaceAsync()),
        FaultKind.PauseAgent => OnAgent(fault, agent => agent.PauseAsync(), agent => agent.ResumeAsync()),
        FaultKind.LoseZone => OnZone(fault),
        FaultKind.CutLog => OnAgent(fault, agent => agent.Log!.Cut(), agent => agent.Log!.Heal()),
        FaultKind.StallLog => OnAgent(fault, agent => agent.Log!.Stall(), agent => agent.Log!.Heal()),
        FaultKind.DelayLog => OnAgent(fault, agent => agent.Log!.Delay = LongestDelay * fault.Strength, agent => agent.Log!.Heal()),
        FaultKind.LoseLogAnswers => OnAgent(fault, agent => agent.Log!.LoseAnswers(Chance(fault, LostAnswers)), agent => agent.Log!.LoseAnswers(() => false)),
        FaultKind.CutStore => OnAgent(fault, agent => agent.Store!.Cut(), agent => agent.Store!.Heal()),
        FaultKind.StallStore => OnAgent(fault, agent => agent.Store!.Stall(), agent => agent.Store!.Heal()),
        FaultKind.DelayStore => OnAgent(fault, agent => agent.Store!.Delay = LongestDelay * fault.Strength, agent => agent.Store!.Heal()),
        FaultKind.RestartPostgres => new("Postgres", [], ["Postgres"], () => Servers.Postgres.StopAsync(), () => Servers.Postgres.StartAgainAsync()),
        FaultKind.KillPostgres => new("Postgres", [], ["Postgres"], () => Servers.Postgres.KillAsync(), () => Servers.Postgres.StartAgainAsync()),
        FaultKind.RestartStore => new("object store", [], ["gateway"], () => Servers.Objects.KillGatewayAsync(), () => Servers.Objects.StartGatewayAsync()),
        FaultKind.StoreStorm => OnStore(() => Servers.StoreRelay.Refuse(Chance(fault, 0.3 + fault.Strength)), () => Servers.StoreRelay.Heal()),
        FaultKind.FillDisk => OnStore(() => ((EmbeddedCluster)cluster).Disk.Fill(), () => ((EmbeddedCluster)cluster).Disk.Free()),
    };

    private ServersCluster Servers => (ServersCluster)cluster;

    private FaultAction OnAgent(PlannedFault fault, Func<ChaosAgent, Task> begin, Func<ChaosAgent, Task> end)
    {
        var agent = cluster.Agents[fault.Target % cluster.Agents.Count];
        return new($"agent {agent.Index}", [agent.Index], [$"{FaultPlan.RoleOf(fault.Kind)} {agent.Index}"], () => begin(agent), () => end(agent));
    }

    private FaultAction OnAgent(PlannedFault fault, Action<ChaosAgent> begin, Action<ChaosAgent> end) => OnAgent(fault, Awaited(begin), Awaited(end));

    private FaultAction OnZone(PlannedFault fault)
    {
        var zones = Servers.Zones.ToArray();
        var zone = zones[fault.Target % zones.Length];
        ChaosAgent[] agents = [.. cluster.Agents.Where(agent => agent.Zone == zone)];
        // In ascending order, so that no two faults wait for each other.
        return new(zone, [.. agents.Select(agent => agent.Index)], [.. agents.Select(agent => $"{FaultPlan.RoleOf(fault.Kind)} {agent.Index}")], () => Task.WhenAll(agents.Select(agent => agent.KillAsync())), () => Task.WhenAll(agents.Select(agent => agent.StartAsync())));
    }

    private static FaultAction OnStore(Action begin, Action end)
    {
        return new("object store", [], ["relay"], () => Run(begin), () => Run(end));

        static Task Run(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    private static Func<ChaosAgent, Task> Awaited(Action<ChaosAgent> action) => agent =>
    {
        action(agent);
        return Task.CompletedTask;
    };

    /// <summary>Says yes with this probability; from any thread.</summary>
    private Func<bool> Chance(PlannedFault fault, double probability)
    {
        var random = new Random(seed ^ (int)fault.At.TotalMilliseconds);
        var gate = new Lock();
        return () =>
        {
            lock (gate)
                return random.NextDouble() < probability;
        };
    }

    /// <param name="Parts">What no other fault may work on meanwhile.</param>
    private sealed record FaultAction(string Target, IReadOnlyList<int> Agents, IReadOnlyList<string> Parts, Func<Task> BeginAsync, Func<Task> EndAsync);
}
