using DisklessKafka.Chaos.Report;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Chaos.Tests;

/// <summary>
/// A short run on real processes, as part of every test run; the long ones are a command of their own.
/// <c>DISKLESSKAFKA_SEED</c> chooses what is done; each run prints its own.
/// </summary>
public sealed class BoundedRunTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_cluster_that_is_taken_apart_breaks_no_promise() =>
        await AssertCleanAsync(new ChaosOptions(Seed(), TimeSpan.FromMinutes(1), Faults: 6, Agents: 3, Zones: 3, Backend.Servers, Only: []));

    [Fact]
    public async Task An_agent_on_its_own_store_that_is_killed_and_has_its_disk_filled_breaks_no_promise() =>
        await AssertCleanAsync(new ChaosOptions(Seed(), TimeSpan.FromMinutes(1), Faults: 3, Agents: 1, Zones: 1, Backend.Embedded, Only: []));

    private async Task AssertCleanAsync(ChaosOptions options)
    {
        output.WriteLine($"DISKLESSKAFKA_SEED={options.Seed}");
        var result = await ChaosRun.RunAsync(options, output.WriteLine, CancellationToken.None);
        var report = MarkdownReport.Write(ChaosReport.Of(result));
        output.WriteLine(report);
        Assert.True(result.IsClean, report);
        Assert.True(result.Run.Faults.Count > 1, $"only {result.Run.Faults.Count} faults were injected: that proves nothing");
        Assert.True(result.Run.History.Sends.Count(send => send.IsAcknowledged) > 1_000, "under 1,000 records were acknowledged: that proves nothing");
    }

    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_SEED"), out var seed) ? seed : Environment.TickCount & 0xFFFFFF;
}
