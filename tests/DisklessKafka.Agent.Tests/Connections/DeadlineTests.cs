using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class DeadlineTests
{
    private readonly ManualTime _time = new();
    private readonly FrontEndOptions _options = new();

    [Fact]
    public async Task A_connection_without_requests_is_closed_after_the_idle_time_and_not_before()
    {
        await using var host = await FrontEndHost.StartAsync(_options, _time, [Requests.EchoMetadata()]);
        await using var client = await host.ConnectAsync();
        await client.SendAsync(Requests.Metadata("a"), 9);

        _time.Advance(_options.IdleTimeout - TimeSpan.FromSeconds(2));
        await client.SendAsync(Requests.Metadata("b"), 9);
        _time.Advance(_options.IdleTimeout - TimeSpan.FromSeconds(2));
        await client.SendAsync(Requests.Metadata("c"), 9);

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(_options.IdleTimeout + TimeSpan.FromSeconds(2)); // the answer may arrive before it is settled
            return client.Closed.IsCompleted;
        }, "the idle connection is closed");
        Assert.Null(await client.Closed); // politely: a FIN
    }

    [Fact]
    public async Task A_connection_that_waits_for_an_answer_is_not_idle()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = new TaskCompletionSource();
        await using var host = await FrontEndHost.StartAsync(_options, _time, [new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            running.TrySetResult();
            await gate.Task;
            return Requests.Answer(request);
        })]);
        await using var client = await host.ConnectAsync();
        var answer = client.SendAsync(Requests.Metadata("slow"), 9);
        await running.Task.WaitAsync(WireClient.Patience);

        _time.Advance(_options.IdleTimeout * 3);
        gate.SetResult();
        Assert.Equal("slow", (await answer.WaitAsync(WireClient.Patience)).ClusterId);
    }

    [Fact]
    public async Task A_connection_that_never_asks_anything_is_closed()
    {
        await using var host = await FrontEndHost.StartAsync(_options, _time, []);
        await using var client = await host.ConnectAsync();
        await Eventually.HoldsAsync(() => host.Server.Shared.Connections.Open.Any(), "the connection is served");

        _time.Advance(_options.FirstRequestTimeout + TimeSpan.FromSeconds(2));
        await client.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_take_its_answer_is_cut_off_and_its_memory_freed()
    {
        var name = new string('x', 16 << 20);
        await using var host = await FrontEndHost.StartAsync(_options, _time, [new FakeHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse { ClusterId = name }))]);
        await using var client = await WireClient.ConnectAsync(host.Address, reads: false);
        await client.SendRawAsync(WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 12, 1));
        await Eventually.HoldsAsync(() => host.Server.Shared.ReplyMemory.HeldBytes > 0, "the answer is being sent");

        var allowed = _options.WriteStallTimeout + TimeSpan.FromSeconds(name.Length / _options.MinBytesPerSecond);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(allowed); // more than once, for the write may not have begun the first time
            return host.Server.Connections == 0 && host.Server.Shared.ReplyMemory.HeldBytes == 0;
        }, "the connection is cut off");
    }

    [Fact]
    public async Task A_client_that_stalls_after_it_was_asked_to_go_is_cut_off_too()
    {
        var name = new string('x', 16 << 20);
        await using var host = await FrontEndHost.StartAsync(_options, _time, [new FakeHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse { ClusterId = name }))]);
        await using var client = await WireClient.ConnectAsync(host.Address, reads: false);
        var frame = WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 12, 1);
        await client.SendRawAsync((byte[])[.. frame, .. frame.AsSpan(0, 20)]); // and a second request that never becomes whole
        await Eventually.HoldsAsync(() => host.Server.Shared.ReplyMemory.HeldBytes > 0 && host.Server.Shared.RequestMemory.HeldBytes > 0, "the answer is being sent, the second frame awaited");

        _time.Advance(_options.FrameTimeout + TimeSpan.FromSeconds(5)); // the slow frame stops the reading
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(_options.WriteStallTimeout * 20);
            return host.Server.Connections == 0;
        }, "the stalled answer is given up");
    }

    [Fact]
    public void Time_in_which_we_do_not_read_is_not_held_against_a_frame()
    {
        var deadlines = new ConnectionDeadlines(_time, _options);
        deadlines.BeginRequest();
        deadlines.BeginFrame();
        _time.Advance(TimeSpan.FromHours(1)); // waiting for memory
        deadlines.AwaitFrame(0);
        _time.Advance(_options.FrameTimeout - TimeSpan.FromSeconds(1));
        Assert.Equal(CloseReason.None, deadlines.Check());
        deadlines.PauseFrame();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(CloseReason.None, deadlines.Check());
        deadlines.AwaitFrame(0);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(CloseReason.SlowFrame, deadlines.Check());
    }
}
