using DisklessKafka.TestKit.Simulation;
using Xunit;

namespace DisklessKafka.Simulation.Tests;

/// <summary>The scheduler, its machines and their clocks.</summary>
public sealed class WorldTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    [Fact]
    public void A_killed_machine_goes_no_step_further() => Run(async (world, node) =>
    {
        var machine = world.AddNode("machine");
        var steps = 0;
        _ = machine.Start(async () =>
        {
            while (true)
            {
                steps++;
                await machine.Clock.Delay(TimeSpan.FromSeconds(1));
            }
        });
        await node.Clock.Delay(TimeSpan.FromSeconds(10.5));
        machine.Kill();
        var before = steps;
        await node.Clock.Delay(TimeSpan.FromSeconds(10));
        Assert.Equal((11, 11), (before, steps));
    });

    [Fact]
    public void A_stopped_machine_goes_on_where_it_was_and_finds_that_time_has_passed() => Run(async (world, node) =>
    {
        var machine = world.AddNode("machine");
        var woken = machine.Start(async () =>
        {
            await machine.Clock.Delay(TimeSpan.FromSeconds(1));
            return machine.Clock.Elapsed;
        });
        await node.Clock.Delay(TimeSpan.FromSeconds(0.5));
        machine.Pause();
        await node.Clock.Delay(TimeSpan.FromSeconds(20));
        Assert.False(woken.IsCompleted);
        machine.Resume();
        Assert.Equal(TimeSpan.FromSeconds(20.5), await woken);
    });

    [Fact]
    public void A_fast_clock_comes_to_its_time_earlier() => Run(async (world, node) =>
    {
        var machine = world.AddNode("machine", rate: 2);
        await machine.Start(() => machine.Clock.Delay(TimeSpan.FromSeconds(10)));
        Assert.InRange(node.Clock.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.001));
    });

    [Fact]
    public void Who_leaves_the_scheduler_is_found_out()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Run(async (_, node) =>
        {
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var waiting = AwaitAsync(source.Task.WaitAsync(TimeSpan.FromHours(1), node.Clock)); // goes through the thread pool
            source.SetResult();
            while (!waiting.IsCompleted)
            {
                Thread.Sleep(1); // of the real time, in which the thread pool does its part
                await Task.Yield();
            }
        }));
        Assert.Contains("left the simulated scheduler", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_that_waits_for_nothing_is_found_out()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Run(async (_, _) =>
        {
            while (true) await Task.Yield();
        }));
        Assert.Contains("time stands still", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_will_ever_do_is_found_out() =>
        Assert.Throws<InvalidOperationException>(() => Run((_, _) => new TaskCompletionSource().Task));

    private static async Task AwaitAsync(Task task) => await task;

    private static void Run(Func<SimulatedWorld, SimulatedNode, Task> story) => SimulatedWorld.Run(1, Patience, story);
}
