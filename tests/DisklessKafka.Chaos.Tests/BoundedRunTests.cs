using DisklessKafka.Chaos.Report;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Chaos.Tests;

/// <summary>
/// Short runs on real processes, as part of every test run; the long ones are a command of their own.
/// <c>DISKLESSKAFKA_SEED</c> chooses what is done; each run prints its own.
/// </summary>
public abstract class BoundedRun(ITestOutputHelper output)
{
    private protected async Task AssertCleanAsync(Backend backend, int agents, int faults, TimeSpan time)
    {
        var options = new ChaosOptions(Seed(), time, faults, agents, Zones: agents, backend, Only: []) { Quiet = TimeSpan.FromSeconds(3) };
        output.WriteLine($"DISKLESSKAFKA_SEED={options.Seed}");
        var result = await ChaosRun.RunAsync(options, output.WriteLine, CancellationToken.None);
        var report = MarkdownReport.Write(ChaosReport.Of(result));
        output.WriteLine(report);
        if (!result.IsClean)
            output.WriteLine(string.Join("\n\n", result.Said));
        Assert.True(result.IsClean, report);
        Assert.True(result.Run.Faults.Count > 1, $"only {result.Run.Faults.Count} faults were injected: that proves nothing");
        Assert.True(result.Run.History.Sends.Count(send => send.IsAcknowledged) > 1_000, "under 1,000 records were acknowledged: that proves nothing");
        Assert.Contains(result.Run.History.Sends, send => send is { Source: not null, IsAcknowledged: true });
        Assert.NotEmpty(result.Run.History.Assignments);
    }

    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_SEED"), out var seed) ? seed : Environment.TickCount & 0xFFFFFF;
}

public sealed class BoundedRunOnServersTests(ITestOutputHelper output) : BoundedRun(output)
{
    [Fact]
    public async Task A_cluster_that_is_taken_apart_breaks_no_promise() => await AssertCleanAsync(Backend.Servers, agents: 3, faults: 6, TimeSpan.FromSeconds(45));
}

/// <summary>A class of its own, so that both go on at the same time.</summary>
public sealed class BoundedRunOnEmbeddedStoreTests(ITestOutputHelper output) : BoundedRun(output)
{
    [Fact]
    public async Task An_agent_on_its_own_store_that_is_killed_and_has_its_disk_filled_breaks_no_promise() =>
        await AssertCleanAsync(Backend.Embedded, agents: 1, faults: 3, TimeSpan.FromSeconds(30));
}
