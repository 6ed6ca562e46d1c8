using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Tests.Connections;

namespace DisklessKafka.Agent.Tests.Read;

public sealed class FetchWaitTests
{
    [Fact]
    public async Task A_long_poll_ends_when_the_agent_leaves_and_none_begins_after_that()
    {
        using var wakers = new Wakers();
        using var wait = new FetchWait(wakers.Fetches, [], TimeSpan.FromMinutes(1), new ManualTime(), CancellationToken.None);
        var woken = wait.WokenAsync();
        Assert.False(wait.IsOver || woken.IsCompleted);

        wakers.EndWaits();

        Assert.True(wait.IsOver);
        await woken;
        using var next = new FetchWait(wakers.Fetches, [], TimeSpan.FromMinutes(1), new ManualTime(), CancellationToken.None);
        Assert.True(next.IsOver);
    }
}
