using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class BackpressureTests
{
    [Fact]
    public async Task Requests_whose_answers_are_pending_hold_memory_and_others_wait_unread_until_it_is_free()
    {
        var running = 0;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FrontEndHost.StartAsync(new FrontEndOptions { RequestMemoryBytes = 1 << 20 }, new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            Interlocked.Increment(ref running);
            await gate.Task;
            return Requests.Answer(request);
        }));
        await using var first = await host.ConnectAsync();
        await using var second = await host.ConnectAsync();

        var holding = first.SendAsync(Large("first"), 9);
        await Eventually.HoldsAsync(() => Volatile.Read(ref running) == 1, "the first request runs");
        // The handler runs before its frame's reservation passes on to the pending reply.
        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.HeldBytes > 1 << 20, "its decoded body takes more than the whole budget");

        var waiting = second.SendAsync(Requests.Metadata("second"), 9);
        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.Waiting == 1, "the second connection waits for memory");
        Assert.Equal(1, Volatile.Read(ref running));

        gate.SetResult();
        Assert.Equal("first", (await holding.WaitAsync(WireClient.Patience)).ClusterId);
        Assert.Equal("second", (await waiting.WaitAsync(WireClient.Patience)).ClusterId);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_for_memory_frees_its_place()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FrontEndHost.StartAsync(new FrontEndOptions { RequestMemoryBytes = 1 << 20 }, new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            await gate.Task;
            return Requests.Answer(request);
        }));
        await using var first = await host.ConnectAsync();
        var holding = first.SendAsync(Large("first"), 9);
        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.HeldBytes > 1 << 20, "the first request holds the budget");

        await using (var second = await host.ConnectAsync())
        {
            await second.SendRawAsync(WireFrames.Encode(Requests.Metadata("second"), ApiKey.Metadata, 9, 1));
            await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.Waiting == 1, "the second connection waits for memory");
        }

        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.Waiting == 0 && host.Server.Connections == 1, "the second connection is gone");
        gate.SetResult();
        await holding.WaitAsync(WireClient.Patience);
    }

    [Fact]
    public async Task A_handler_without_room_is_not_sent_requests_while_the_other_apis_go_on()
    {
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        var produced = 0;
        await using var host = await FrontEndHost.StartAsync(
            Requests.EchoMetadata(),
            new FakeHandler<ProduceRequest, ProduceResponse>((_, _) => { Interlocked.Increment(ref produced); return new(Requests.Produced(1)); })
            {
                Ready = () => { Interlocked.Increment(ref asked); return new(room.Task); },
            });
        await using var producer = await host.ConnectAsync();
        await using var other = await host.ConnectAsync();

        var produce = producer.SendAsync(Requests.Produce(new byte[100_000]), 9);
        await Eventually.HoldsAsync(() => Volatile.Read(ref asked) == 1, "the producer's connection waits for room");
        await other.SendAsync(Requests.Metadata("goes on"), 9).WaitAsync(WireClient.Patience);
        Assert.Equal(0, Volatile.Read(ref produced));
        Assert.Equal(0, host.Server.Shared.RequestMemory.HeldBytes);

        room.SetResult();
        await produce.WaitAsync(WireClient.Patience);
    }

    private static MetadataRequest Large(string first) => new()
    {
        Topics = [new() { Name = new TopicName(first) }, .. Enumerable.Range(0, 6000).Select(i => new MetadataRequest.MetadataRequestTopic { Name = new TopicName($"{i,100}") })],
    };
}
