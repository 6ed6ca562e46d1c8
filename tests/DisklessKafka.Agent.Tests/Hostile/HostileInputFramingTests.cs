using System.Buffers.Binary;
using System.Text;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Agent.Tests.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile inputs 1 to 9 and 40: what never becomes a request, and connections that misbehave around one.</summary>
public sealed class HostileInputFramingTests
{
    private readonly ManualTime _time = new();
    private readonly FrontEndOptions _options = new();

    [Theory]
    [InlineData((100 << 20) + 1)]
    [InlineData(int.MaxValue)]
    public async Task Input_01_a_length_prefix_above_the_limit_closes_and_keeps_nothing(int length)
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await ClosesAsync(host, Prefix(length));
        Assert.Equal(0, host.Server.Shared.RequestMemory.HeldBytes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task Input_02_a_negative_length_prefix_closes(int length)
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await ClosesAsync(host, Prefix(length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Input_03_a_frame_shorter_than_a_header_closes(int length)
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await ClosesAsync(host, [.. Prefix(length), .. new byte[length]]);
    }

    [Fact]
    public async Task Input_04_http_closes()
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await ClosesAsync(host, Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: kafka\r\n\r\n"));
    }

    [Fact]
    public async Task Input_05_a_tls_hello_on_a_plain_port_closes()
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await ClosesAsync(host, [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0, 9 })]
    public async Task Input_06_a_length_with_little_or_nothing_behind_it_holds_next_to_nothing_and_is_closed_in_time(byte[] behind)
    {
        await using var host = await FrontEndHost.StartAsync(_options, _time, [Requests.EchoMetadata()]);
        await using var client = await host.ConnectAsync();
        await client.SendAsync(Requests.Metadata("honest at first"), 9);
        await client.SendRawAsync((byte[])[.. Prefix(90 << 20), .. behind]);

        await Eventually.HoldsAsync(() =>
        {
            Assert.True(host.Server.Shared.RequestMemory.HeldBytes <= 4096);
            _time.Advance(TimeSpan.FromSeconds(10));
            return client.Closed.IsCompleted;
        }, "the connection is closed");
        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.HeldBytes == 0, "its memory is free again");
    }

    [Fact]
    public async Task Input_07_hundreds_of_dripping_giants_leave_room_for_an_honest_client()
    {
        const int Drips = 300;
        var options = _options with { RequestMemoryBytes = 4 << 20 };
        await using var host = await FrontEndHost.StartAsync(options, _time, [Requests.EchoMetadata()]);
        var drips = await Task.WhenAll(Enumerable.Range(0, Drips).Select(_ => host.ConnectAsync()));
        foreach (var drip in drips) await drip.SendRawAsync(Prefix(90 << 20));
        for (var i = 0; i < 10; i++)
            foreach (var drip in drips) await drip.SendRawAsync(new byte[1]);

        await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.HeldBytes == Drips * 4096, "every drip holds one small block and no more");
        await using (var honest = await host.ConnectAsync())
        {
            var large = await honest.SendAsync(Requests.Metadata(new string('x', 30_000)), 9).WaitAsync(WireClient.Patience);
            Assert.Equal(30_000, large.ClusterId!.Length);
        }

        Assert.True(host.Pool.Rented <= Drips * 2, $"{host.Pool.Rented} blocks are out for {Drips} connections that sent 14 bytes each");
        foreach (var drip in drips) await drip.DisposeAsync();
    }

    [Fact]
    public async Task Input_08_a_half_closed_connection_is_answered_and_its_parked_poll_cancelled()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>(async (request, context) =>
        {
            if (Requests.Answer(request).ClusterId != "poll") return Requests.Answer(request);
            await using var registration = context.Aborted.Register(cancelled.SetResult);
            parked.SetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
            return null;
        }));

        await using (var quick = await host.ConnectAsync())
        {
            var answer = quick.SendAsync(Requests.Metadata("quick"), 9);
            quick.HalfClose();
            Assert.Equal("quick", (await answer.WaitAsync(WireClient.Patience)).ClusterId);
            await quick.WaitUntilClosedAsync();
        }

        await using var poller = await host.ConnectAsync();
        var poll = poller.SendAsync(Requests.Metadata("poll"), 9);
        await parked.Task.WaitAsync(WireClient.Patience);
        poller.HalfClose();
        await cancelled.Task.WaitAsync(WireClient.Patience);
        await poller.WaitUntilClosedAsync();
        await Assert.ThrowsAsync<IOException>(() => poll);
    }

    [Fact]
    public async Task Input_09_a_reset_in_the_middle_of_an_answer_frees_its_memory()
    {
        var name = new string('x', 16 << 20);
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse { ClusterId = name })));
        for (var i = 0; i < 5; i++)
        {
            await using var client = await WireClient.ConnectAsync(host.Address, reads: false);
            for (var request = 0; request < 3; request++)
                await client.SendRawAsync(WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 12, 1));
            await Eventually.HoldsAsync(() => host.Server.Shared.ReplyMemory.HeldBytes > 0, "an answer is being sent");
            client.Reset();
            await Eventually.HoldsAsync(() => host.Server.Connections == 0, "the connection is gone");
        }

        Assert.Equal(0, host.Server.Shared.ReplyMemory.HeldBytes);
    }

    [Fact]
    public async Task Input_40_ten_thousand_requests_without_reading_an_answer_are_taken_no_faster_than_answers_go_out()
    {
        var handled = 0;
        var answer = new MetadataResponse { ClusterId = new string('x', 30_000) };
        await using var host = await FrontEndHost.StartAsync(_options, _time, [new FakeHandler<MetadataRequest, MetadataResponse>((_, _) =>
        {
            Interlocked.Increment(ref handled);
            return new(answer);
        })]);
        await using var client = await WireClient.ConnectAsync(host.Address, reads: false, receiveBufferBytes: 64 << 10);
        var frame = WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 9, 1);
        var flood = client.SendRawAsync(Enumerable.Repeat(frame, 10_000).SelectMany(bytes => bytes).ToArray());

        // What goes out without a reader: socket buffers of both sides, the pipe, and the window.
        await Eventually.HoldsAsync(() => Volatile.Read(ref handled) > _options.MaxInFlightRequests, "the window has filled");
        var quiet = 0;
        for (var last = -1; quiet < 1000; last = Volatile.Read(ref handled))
        {
            quiet = last == Volatile.Read(ref handled) ? quiet + 1 : 0;
            await Task.Yield();
        }

        Assert.InRange(handled, _options.MaxInFlightRequests, 2_000);
        Assert.Equal(1, host.Server.Connections);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(_options.WriteStallTimeout);
            return host.Server.Connections == 0;
        }, "a client that reads nothing is cut off");
        await Record.ExceptionAsync(() => flood.WaitAsync(WireClient.Patience));
    }

    private static byte[] Prefix(int length)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        return prefix;
    }

    private static async Task ClosesAsync(FrontEndHost host, byte[] bytes)
    {
        await using var client = await host.ConnectAsync();
        await client.SendRawAsync(bytes);
        await client.WaitUntilClosedAsync();
    }
}
