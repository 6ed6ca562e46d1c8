using System.Diagnostics;
using System.Globalization;
using DisklessKafka.Simulation.Running;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Simulation.Tests;

/// <summary>Whole clusters under faults: some seeds that are always run, and some that nobody has run before.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    /// <summary>What new seeds may take of a test run.</summary>
    private static readonly TimeSpan NewSeedsTime = TimeSpan.FromSeconds(30);

    public static TheoryData<int> FixedSeeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_fixed_seed_keeps_every_promise(int seed) => AssertClean(SimulationRun.Run(seed, Length, null));

    [Fact]
    public void New_seeds_keep_every_promise()
    {
        var started = Stopwatch.GetTimestamp();
        var first = Environment.GetEnvironmentVariable("DISKLESSKAFKA_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next(1_000_000, int.MaxValue / 2);
        for (var seed = first; seed == first || Stopwatch.GetElapsedTime(started) < NewSeedsTime; seed++) AssertClean(SimulationRun.Run(seed, Length, null));
    }

    private void AssertClean(SeedResult result)
    {
        output.WriteLine(result.ToString()); // the seed is all that it takes to see the same again
        Assert.True(result.IsClean, $"{result}\n{string.Join("\n", result.Failures)}");
        Assert.True(result.Faults > 0 && result.Operations > 0, $"nothing happened: {result}");
    }
}
