using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class DeadlinesTests
{
    private const DeadlineKind First = (DeadlineKind)200, Second = (DeadlineKind)201;

    [Fact]
    public void What_is_due_is_taken_in_the_order_of_time_then_kind_then_key()
    {
        var deadlines = new Deadlines();
        deadlines.Set(Second, "a", 10);
        deadlines.Set(First, "b", 10);
        deadlines.Set(First, "B", 10);
        deadlines.Set(Second, "z", 9);
        deadlines.Set(First, "later", 12);
        Assert.Equal(9, deadlines.NextMs);
        var taken = new List<Deadline>();
        while (deadlines.TryTake(11, out var deadline)) taken.Add(deadline);
        Assert.Equal([new(9, Second, "z"), new(10, First, "B"), new(10, First, "b"), new(10, Second, "a")], taken);
        Assert.Equal(12, deadlines.NextMs);
    }

    [Fact]
    public void A_deadline_that_is_set_again_counts_once_and_one_that_is_cleared_not_at_all()
    {
        var deadlines = new Deadlines();
        deadlines.Set(First, "a", 10);
        deadlines.Set(First, "a", 20);
        deadlines.Set(First, "b", 15);
        deadlines.Clear(First, "b");
        deadlines.Clear(First, "never set");
        Assert.False(deadlines.TryTake(19, out _));
        Assert.True(deadlines.TryTake(20, out var deadline));
        Assert.Equal(new Deadline(20, First, "a"), deadline);
        Assert.Equal(long.MaxValue, deadlines.NextMs);
    }

    [Fact]
    public void The_agents_stand_by_one_behind_the_other()
    {
        var driver = StateDriver.WithAlice();
        var alice = driver.State.View.Agents.All[0].Ordinal;
        var bob = driver.Register(StateDriver.Bob);
        Assert.Equal(Timeout.InfiniteTimeSpan, TickPacing.Next(driver.State.View, alice, TimeSpan.Zero));
        var view = driver.State.View with { NextDeadlineMs = driver.State.View.TimeMs + 1_000 };
        Assert.Equal(TimeSpan.FromMilliseconds(600), TickPacing.Next(view, alice, TimeSpan.FromMilliseconds(400)));
        Assert.Equal(TimeSpan.FromMilliseconds(600) + TickPacing.Stagger, TickPacing.Next(view, bob, TimeSpan.FromMilliseconds(400)));
        Assert.Equal(Timeout.InfiniteTimeSpan, TickPacing.Next(view, 99, TimeSpan.Zero));
    }
}
