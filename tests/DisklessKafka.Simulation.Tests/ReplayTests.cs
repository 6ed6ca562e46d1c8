using System.Diagnostics;
using DisklessKafka.Simulation.Running;
using Xunit;

namespace DisklessKafka.Simulation.Tests;

/// <summary>A seed is a whole history.</summary>
public sealed class ReplayTests
{
    private const int Seed = 4711;
    private const int Minutes = 3;

    [Fact]
    public void The_same_seed_gives_the_same_history_byte_for_byte()
    {
        using var first = new StringWriter();
        using var second = new StringWriter();
        Assert.Equal(Run(first).Hash, Run(second).Hash);
        Assert.Equal(first.ToString(), second.ToString());
        Assert.True(first.ToString().Length > 10_000, "hardly anything happened");
    }

    [Fact]
    public void Another_seed_gives_another_history()
    {
        Assert.NotEqual(Run(null).Hash, SimulationRun.Run(Seed + 1, TimeSpan.FromMinutes(Minutes), null).Hash);
    }

    /// <summary>Hash tables of another process are in another order: nothing may depend on that.</summary>
    [Fact]
    public async Task Another_process_comes_to_the_same_history()
    {
        var here = Run(null);
        var start = new ProcessStartInfo("dotnet", [typeof(SimulationRun).Assembly.Location, "--seeds", "1", "--first", $"{Seed}", "--minutes", $"{Minutes}"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var there = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.Equal(here.ToString(), there);
    }

    private static SeedResult Run(TextWriter? echo) => SimulationRun.Run(Seed, TimeSpan.FromMinutes(Minutes), echo);
}
