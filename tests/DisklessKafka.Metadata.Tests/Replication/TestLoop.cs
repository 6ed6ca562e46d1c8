global using ManualTime = DisklessKafka.TestKit.Simulation.SimulatedClock;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>A world with a single machine, on which a test runs with all that it starts.</summary>
internal static class TestLoop
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    public static void Run(int seed, Func<ManualTime, Task> test) => SimulatedWorld.Run(seed, Patience, (_, node) => test(node.Clock));
}
