using System.Net.Sockets;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class DrainTests
{
    [Fact]
    public async Task A_drain_answers_what_was_taken_closes_and_accepts_nobody_new()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = 0;
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            Interlocked.Increment(ref running);
            await gate.Task;
            return Requests.Answer(request);
        }));
        await using var idle = await host.ConnectAsync();
        await using var busy = await host.ConnectAsync();
        var answers = Enumerable.Range(0, 3).Select(i => busy.SendAsync(Requests.Metadata($"t{i}"), 9)).ToArray();
        await Eventually.HoldsAsync(() => Volatile.Read(ref running) == 3, "three requests are taken");

        var address = host.Address;
        var drain = host.Server.DrainAsync(WireClient.Patience);
        await idle.WaitUntilClosedAsync();
        await Assert.ThrowsAnyAsync<SocketException>(() => WireClient.ConnectAsync(address));
        Assert.False(drain.IsCompleted);

        gate.SetResult();
        Assert.Equal(["t0", "t1", "t2"], (await Task.WhenAll(answers).WaitAsync(WireClient.Patience)).Select(answer => answer.ClusterId));
        await drain.WaitAsync(WireClient.Patience);
        await busy.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task A_drain_cuts_off_what_does_not_end_within_its_bound()
    {
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>(async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.Aborted);
            return null;
        }));
        await using var client = await host.ConnectAsync();
        var answer = client.SendAsync(Requests.Metadata("forever"), 9);
        await Eventually.HoldsAsync(() => host.Server.Connections == 1, "the connection is served");

        await host.Server.DrainAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(WireClient.Patience);
        await Assert.ThrowsAsync<IOException>(() => answer.WaitAsync(WireClient.Patience));
    }

    [Fact]
    public async Task Connections_past_the_limit_are_closed_and_the_others_served()
    {
        await using var host = await FrontEndHost.StartAsync(new FrontEndOptions { MaxConnections = 2 }, Requests.EchoMetadata());
        await using var first = await host.ConnectAsync();
        await using (var second = await host.ConnectAsync())
        {
            await first.SendAsync(Requests.Metadata("a"), 9);
            await second.SendAsync(Requests.Metadata("b"), 9);
            await using var third = await host.ConnectAsync();
            await third.WaitUntilClosedAsync();
            await first.SendAsync(Requests.Metadata("c"), 9);
        }

        await Eventually.HoldsAsync(() => host.Server.Connections == 1, "the second connection's place is free");
        await using var fourth = await host.ConnectAsync();
        await fourth.SendAsync(Requests.Metadata("d"), 9);
    }

    [Fact]
    public async Task Connections_past_the_limit_of_one_address_are_closed()
    {
        await using var host = await FrontEndHost.StartAsync(new FrontEndOptions { MaxConnectionsPerAddress = 1 }, Requests.EchoMetadata());
        await using var first = await host.ConnectAsync();
        await first.SendAsync(Requests.Metadata("a"), 9);
        await using var second = await host.ConnectAsync();
        await second.WaitUntilClosedAsync();
    }
}
