using DisklessKafka.Simulation.Machines;

namespace DisklessKafka.Simulation.Faults;

/// <summary>What befalls one agent.</summary>
internal sealed class AgentFaults(SimulatedCluster cluster, Random random)
{
    public Fault Draw(int index)
    {
        var agent = cluster.Agents[index];
        var life = agent.Life;
        return random.Next(8) switch
        {
            0 or 1 => new Fault($"{agent.Name} is stopped", () => life?.Node.Pause(), Seconds(0.5, 40), () => life?.Node.Resume()), // SIGSTOP; a session lives 10 s
            2 or 3 => new Fault($"{agent.Name} is killed", agent.Kill, Seconds(0.1, 25), agent.Start),
            4 => new Fault($"{agent.Name} cannot reach the log", () => Set(life?.LogLink, isCut: true), Seconds(0.5, 30), () => Set(life?.LogLink, isCut: false)),
            5 => new Fault($"{agent.Name} cannot reach the store", () => Set(life?.StoreLink, isCut: true), Seconds(0.5, 30), () => Set(life?.StoreLink, isCut: false)),
            6 => Slow(agent, life),
            _ => new Fault($"{agent.Name}'s clock is set", () => Skew(life), Seconds(0.1, 1), () => life?.Server?.CutAll()), // and its connections break
        };
    }

    private Fault Slow(SimulatedAgent agent, AgentLife? life)
    {
        var link = random.Next(2) == 0 ? life?.LogLink : life?.StoreLink;
        var delay = Seconds(0.5, 20);
        return new Fault(
            $"{agent.Name}'s way to the {(link == life?.LogLink ? "log" : "store")} takes {delay.TotalSeconds:0.0} s longer",
            () => { if (link is not null) link.Delay = delay; },
            Seconds(1, 40),
            () => { if (link is not null) link.Delay = TimeSpan.Zero; });
    }

    private void Skew(AgentLife? life)
    {
        // In the bucket the agents' clocks make the log's time, which then has to be about right.
        var most = cluster.Services.LogInBucket ? 3 : 1_200;
        if (life is not null) life.Node.Clock.Skew = TimeSpan.FromSeconds(random.Next(-most, most));
    }

    private static void Set(Link? link, bool isCut)
    {
        if (link is not null) link.IsCut = isCut;
    }

    private TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble() * random.NextDouble()));
}
