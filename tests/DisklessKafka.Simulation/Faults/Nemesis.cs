using DisklessKafka.Simulation.Machines;
using DisklessKafka.Simulation.Running;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Faults;

/// <summary>Breaks something now and then, two things at a time at the most, and in the end mends everything.</summary>
internal sealed class Nemesis(SimulatedNode node, SimulatedCluster cluster, Scenario scenario, Random random)
{
    private const int MaxAtOnce = 2;

    private readonly AgentFaults _agents = new(cluster, random);
    private readonly ServiceFaults _services = new(cluster, scenario.Rewinds, random);
    private readonly TaskCompletionSource _healed = new();
    private readonly List<Task> _going = [];
    private bool _hasRewound;

    /// <summary>What was broken so far; faults of single calls not counted.</summary>
    public int Count { get; private set; }

    public async Task RunAsync()
    {
        var upgrade = scenario.Upgrades ? node.Start(UpgradeAsync) : Task.CompletedTask;
        while (node.Clock.Elapsed < scenario.Length)
        {
            await node.Clock.Delay(Seconds(2, 40));
            _going.RemoveAll(fault => fault.IsCompleted);
            if (_going.Count < MaxAtOnce) Begin();
        }

        _healed.TrySetResult();
        await Task.WhenAll(_going);
        await upgrade;
        Mend();
    }

    private void Begin()
    {
        Count++;
        if (scenario.Rewinds && !_hasRewound && node.Clock.Elapsed > scenario.Length / 3)
        {
            _hasRewound = true;
            _services.Rewind();
            return;
        }

        var fault = random.Next(3) > 0 ? _agents.Draw(random.Next(cluster.Agents.Count)) : _services.Draw();
        _going.Add(node.Start(() => fault.RunAsync(LastAsync, cluster.Log)));
    }

    /// <summary>That long, unless all is to be healed before.</summary>
    private async Task LastAsync(TimeSpan time)
    {
        using var over = new CancellationTokenSource();
        await Task.WhenAny(_healed.Task, Task.Delay(time, node.Clock, over.Token));
        over.Cancel();
    }

    private void Mend()
    {
        cluster.Services.LogWeather.Clear();
        cluster.Services.StoreWeather.Clear();
        foreach (var agent in cluster.Agents)
        {
            agent.Start();
            agent.Life!.Node.Resume();
            agent.Life.LogLink.IsCut = agent.Life.StoreLink.IsCut = false;
            agent.Life.LogLink.Delay = agent.Life.StoreLink.Delay = TimeSpan.Zero;
        }
    }

    /// <summary>One agent after the other goes down in good order and comes back newer; then the cluster's level is raised.</summary>
    private async Task UpgradeAsync()
    {
        await LastAsync(scenario.Length * (0.2 + (0.4 * random.NextDouble())));
        foreach (var agent in cluster.Agents)
        {
            agent.NewestLevel = Scenario.LastLevel;
            await Task.WhenAny(node.Start(agent.StopAsync), node.Clock.Delay(TimeSpan.FromSeconds(60))); // a supervisor's patience
            agent.Kill();
            agent.Start();
            await LastAsync(Seconds(1, 30));
        }

        await node.Start(() => Upgrade.RaiseAsync(cluster, node));
    }

    private TimeSpan Seconds(int from, int to) => TimeSpan.FromMilliseconds(random.Next(from * 1_000, to * 1_000));
}

/// <summary>Something that is broken for a while.</summary>
/// <param name="What">As the journal tells it.</param>
/// <param name="Break">Breaks it.</param>
/// <param name="Time">How long it stays broken.</param>
/// <param name="Repair">Mends it.</param>
internal sealed record Fault(string What, Action Break, TimeSpan Time, Action Repair)
{
    public async Task RunAsync(Func<TimeSpan, Task> last, RunLog log)
    {
        log.Write("FAULT", $"{What} for {Time.TotalSeconds:0.0} s");
        Break();
        await last(Time);
        Repair();
        log.Write("FAULT", $"{What}: over");
    }
}
