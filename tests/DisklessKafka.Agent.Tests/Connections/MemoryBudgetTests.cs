using DisklessKafka.Agent.Connections;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class MemoryBudgetTests
{
    private readonly MemoryBudget _budget = new(100);

    [Fact]
    public async Task Who_gets_no_memory_waits_and_is_served_in_order()
    {
        var (first, second, third, small) = (Frame(), Frame(), Frame(), Frame());
        await first.GrowAsync(80, default);
        var waitsSecond = second.GrowAsync(40, default).AsTask();
        var waitsThird = third.GrowAsync(90, default).AsTask();
        var waitsSmall = small.GrowAsync(5, default).AsTask();
        Assert.False(waitsSecond.IsCompleted || waitsThird.IsCompleted || waitsSmall.IsCompleted); // small would fit, but not in front of others

        first.Finish(0);
        await waitsSecond;
        Assert.False(waitsThird.IsCompleted || waitsSmall.IsCompleted);
        second.Finish(0);
        await Task.WhenAll(waitsThird, waitsSmall);
        Assert.Equal(95, _budget.HeldBytes);
    }

    [Fact]
    public async Task Frames_that_all_wait_for_more_never_lock_up()
    {
        FrameMemory[] frames = [Frame(), Frame(), Frame(), Frame()];
        foreach (var frame in frames) await frame.GrowAsync(25, default);

        var waits = frames.Select(frame => frame.GrowAsync(50, default).AsTask()).ToArray();
        for (var i = 0; i < frames.Length; i++)
        {
            await waits[i]; // one at a time is let past the capacity
            Assert.True(_budget.HeldBytes <= 150, $"{_budget.HeldBytes} held");
            frames[i].Finish(0);
        }

        Assert.Equal(0, _budget.HeldBytes);
    }

    [Fact]
    public async Task The_frame_that_is_let_past_the_capacity_is_never_stopped_again()
    {
        var (stuck, other) = (Frame(), Frame());
        await stuck.GrowAsync(60, default);
        await other.GrowAsync(40, default);
        await stuck.GrowAsync(100, default);
        var waits = other.GrowAsync(40, default).AsTask();
        await stuck.GrowAsync(1000, default);
        Assert.False(waits.IsCompleted);
        stuck.Finish(0);
        await waits;
    }

    [Fact]
    public async Task More_than_the_capacity_is_granted_once_nothing_else_is_held()
    {
        await _budget.TakeAsync(50, default);
        var large = _budget.TakeAsync(500, default).AsTask();
        Assert.False(large.IsCompleted);
        _budget.Release(50);
        await large;
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_the_next_pass()
    {
        await _budget.TakeAsync(90, default);
        using var gone = new CancellationTokenSource();
        var leaves = _budget.TakeAsync(50, gone.Token).AsTask();
        var stays = _budget.TakeAsync(10, default).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        await stays;
        Assert.Equal(100, _budget.HeldBytes);
    }

    [Fact]
    public async Task A_decoded_request_may_keep_more_or_less_than_its_frame_took()
    {
        var frame = Frame();
        await frame.GrowAsync(60, default);
        frame.Finish(keptBytes: 150);
        Assert.Equal(150, _budget.HeldBytes);
        var waits = frame.GrowAsync(10, default).AsTask();
        Assert.False(waits.IsCompleted);
        _budget.Release(150);
        await waits;
        frame.Finish(keptBytes: 3);
        Assert.Equal(3, _budget.HeldBytes);
    }

    [Fact]
    public async Task Many_connections_that_come_go_and_give_up_leave_nothing_held()
    {
        var budget = new MemoryBudget(10_000);
        await Parallel.ForAsync(0, 64, async (seed, _) =>
        {
            var random = new Random(seed);
            var frame = new FrameMemory(budget);
            for (var i = 0; i < 300; i++)
            {
                using var gone = new CancellationTokenSource();
                var parts = random.Next(1, 4);
                var kept = random.Next(3000);
                try
                {
                    for (var part = 0; part < parts; part++)
                    {
                        var growing = frame.GrowAsync(random.Next(1, 4000), gone.Token);
                        if (random.Next(8) == 0) await gone.CancelAsync();
                        await growing;
                        await Task.Yield();
                    }

                    frame.Finish(kept);
                    await Task.Yield();
                    budget.Release(kept);
                }
                catch (OperationCanceledException)
                {
                    frame.Finish(0);
                }
            }
        });
        Assert.Equal(0, budget.HeldBytes);
        Assert.Equal(0, budget.Waiting);
    }

    private FrameMemory Frame() => new(_budget);
}
