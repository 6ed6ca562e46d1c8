using System.Net;
using DisklessKafka.Chaos.Cluster;
using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Chaos.Report;
using DisklessKafka.Checking;
using DisklessKafka.Peers;
using DisklessKafka.TestKit.Network;

namespace DisklessKafka.Chaos;

/// <summary>One run: a cluster, clients, faults by a seed, quiet, everything read back, everything checked.</summary>
internal static class ChaosRun
{
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(10); // the agents' default
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task<RunResult> RunAsync(ChaosOptions options, Action<string> say, CancellationToken stop)
    {
        Librdkafka.Load();
        RunRecord? started = null;
        await using var cluster = await StartAsync(options, request => started?.StoreRequests.Enqueue((started.Clock.Now, request)));
        var run = started = new RunRecord(); // its clock begins when all agents are ready
        var random = new Random(options.Seed);
        var target = new LoadTarget($"{cluster.Bootstrap}", $"chaos-{options.Seed}", ChaosOptions.Partitions);
        await LoadTopics.CreateAsync(target, replicationFactor: -1);
        Say($"{cluster.Description}; seed {options.Seed}");

        await using var workload = new Workload(run, target, Patience);
        workload.Start(new WorkloadSize(), await Abilities.OfAsync(cluster.Bootstrap), [.. cluster.Agents.Select<ChaosAgent, Func<EndPoint>>(agent => () => agent.Address)], [.. cluster.Agents.Select(agent => agent.Zone).Distinct()]);
        await QuietAsync(run, options.Quiet, stop);
        await DisturbAsync(cluster, workload, run, options, random, Healed, stop);
        run.History.MarkHealed(run.Clock.Now);
        Say($"{run.Faults.Count} faults injected; {run.History.Sends.Count} records sent");
        await QuietAsync(run, options.Quiet, stop);
        var contents = await workload.FinishAsync();
        Say("all clients have read everything");
        foreach (var exitCode in cluster.Agents.Select(agent => agent.ExitCode).OfType<int>())
            run.Failures.Enqueue($"an agent ended by itself with exit code {exitCode}; what it said is in the agents' log");
        var anomalies = HistoryChecker.Check(run.History, contents);
        Say($"{contents.Partitions.Sum(partition => partition.Entries.Count)} records read back; {anomalies.Count} anomalies");
        return new RunResult($"Chaos run, seed {options.Seed}", cluster.Description, run, contents, anomalies, [.. cluster.Agents.SelectMany(agent => agent.Said)], ControlsProcesses: true);

        void Healed(FaultRecord fault) => Say($"fault {run.Faults.Count}: {Words.Of(fault.Kind)} ({fault.Target}), for {RunClock.ToTime(fault.Healed - fault.Began).TotalSeconds:0.0} s");
        void Say(string text) => say($"{run.Clock.Elapsed.TotalSeconds,4:0} s  {text}");
    }

    private static async Task<ChaosCluster> StartAsync(ChaosOptions options, Action<S3Request> observe) =>
        options.Backend == Backend.Servers ? await ServersCluster.StartAsync(options.Agents, options.Zones, observe) : await EmbeddedCluster.StartAsync();

    private static async Task DisturbAsync(ChaosCluster cluster, Workload workload, RunRecord run, ChaosOptions options, Random random, Action<FaultRecord> healed, CancellationToken stop)
    {
        var plan = FaultPlan.Make(random, options.Kinds, Session, options.Time, options.Faults);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var peaks = Peaks.RunAsync(workload.Level, run, over.Token);
        await new FaultInjector(cluster, run, options.Seed, healed).RunAsync(plan, stop);
        await over.CancelAsync();
        await peaks;
    }

    private static async Task QuietAsync(RunRecord run, TimeSpan time, CancellationToken stop)
    {
        var from = run.Clock.Now;
        await Task.Delay(time, stop);
        run.Periods.Enqueue(("quiet", from, run.Clock.Now));
    }
}
