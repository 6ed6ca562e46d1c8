using DisklessKafka.Agent.Connections;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class BlockPoolTests
{
    [Fact]
    public void Large_blocks_are_handed_out_up_to_the_budget_and_small_ones_beyond()
    {
        using var pool = new BlockPool(64 << 10, largeBudgetBytes: 128 << 10);
        var first = pool.Rent(4096);
        var second = pool.Rent(4096);
        var third = pool.Rent(4096);
        Assert.Equal([64 << 10, 64 << 10, 4096], new[] { first, second, third }.Select(block => block.Memory.Length));
        Assert.Equal((128 << 10) + 4096, pool.RentedBytes);

        first.Dispose();
        using var fourth = pool.Rent();
        Assert.Equal(64 << 10, fourth.Memory.Length);
        second.Dispose();
        third.Dispose();
    }

    [Fact]
    public void A_returned_block_is_used_again_and_one_that_lies_idle_through_an_interval_is_let_go()
    {
        using var pool = new BlockPool(64 << 10, 1 << 20);
        var blocks = Enumerable.Range(0, 4).Select(_ => pool.Rent(4096)).ToArray();
        foreach (var block in blocks) block.Dispose();
        Assert.Equal(4 * (64 << 10), pool.IdleBytes);

        pool.Trim(); // an interval in which all were used
        Assert.Equal(4 * (64 << 10), pool.IdleBytes);
        using (pool.Rent(4096)) { }
        pool.Trim(); // one was in use meanwhile, three were not
        Assert.Equal(64 << 10, pool.IdleBytes);
        pool.Trim();
        Assert.Equal(0, pool.IdleBytes);
        Assert.Equal(0, pool.RentedBytes);
    }

    [Fact]
    public void Returning_a_block_twice_is_refused()
    {
        using var pool = new BlockPool(64 << 10, 1 << 20);
        var block = pool.Rent(4096);
        block.Dispose();
        Assert.Throws<InvalidOperationException>(block.Dispose);
    }

    [Fact]
    public void The_checking_pool_finds_a_leak_a_double_return_and_a_late_write()
    {
        var leaking = new LeakCheckingPool();
        leaking.Rent();
        Assert.Contains("never returned", Assert.Throws<InvalidOperationException>(leaking.AssertClean).Message, StringComparison.Ordinal);

        var twice = new LeakCheckingPool();
        var block = twice.Rent();
        block.Dispose();
        block.Dispose();
        Assert.Contains("returned twice", Assert.Throws<InvalidOperationException>(twice.AssertClean).Message, StringComparison.Ordinal);

        var late = new LeakCheckingPool();
        var written = late.Rent();
        var memory = written.Memory;
        written.Dispose();
        memory.Span[0] = 1;
        Assert.Contains("after its return", Assert.Throws<InvalidOperationException>(late.AssertClean).Message, StringComparison.Ordinal);
    }
}
