using DisklessKafka.Agent;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata;
using DisklessKafka.Simulation.Network;
using DisklessKafka.Simulation.Running;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Machines;

/// <summary>An agent's place in the cluster: one process after the other runs there.</summary>
internal sealed class SimulatedAgent(int index, SimulatedWorld world, Services services, Scenario scenario, Random random, RunLog log)
{
    private AgentLife? _life;
    private int _lives;

    public int Index => index;

    public string Name { get; } = $"agent-{index}";

    /// <summary>The process that runs; null while there is none.</summary>
    public AgentLife? Life => _life;

    /// <summary>What a process that starts now knows: raised by an upgrade.</summary>
    public short NewestLevel { get; set; } = Scenario.FirstLevel;

    /// <summary>Serving, as far as one can tell from outside.</summary>
    public bool IsServing => _life is { Server: not null, Node.IsPaused: false };

    public void Start()
    {
        if (_life is not null) return;
        var rate = 1 + (scenario.ClockDrift * ((2 * random.NextDouble()) - 1));
        var node = world.AddNode($"{Name}.{++_lives}", rate);
        var options = scenario.AgentOptions with { Zone = index % 2 == 0 ? "a" : "b" };
        options = options with { Replica = options.Replica with { NewestFeatureLevel = NewestLevel } };
        _life = new AgentLife(node, services, options, scenario, new Random(random.Next()), log);
        log.Write(node.Name, $"starts, its clock off by {scenario.ClockDrift:P1} at most");
        _ = node.Start(_life.RunAsync);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        if (_life is not { } life) return;
        log.Write(life.Node.Name, "is killed");
        life.Node.Kill();
        life.Server?.CutAll();
        _life = null;
    }

    /// <summary>SIGTERM; over when the process has ended.</summary>
    public async Task StopAsync()
    {
        if (_life is not { } life) return;
        log.Write(life.Node.Name, "is told to stop");
        await life.Node.Start(life.StopAsync);
        log.Write(life.Node.Name, "has stopped");
        life.Node.Kill();
        life.Server?.CutAll();
        if (_life == life) _life = null;
    }
}
