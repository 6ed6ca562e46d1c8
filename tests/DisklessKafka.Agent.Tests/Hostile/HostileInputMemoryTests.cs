using System.Buffers;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Agent.Tests.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile inputs 18 and 19: bodies that would cost far more than they weigh. Alone in the process, because they count its allocations.</summary>
[Collection(nameof(AllocationsAreCounted))]
public sealed class HostileInputMemoryTests
{
    private const short Metadata = (short)ApiKey.Metadata;
    private const short Produce = (short)ApiKey.Produce;

    [Theory]
    [InlineData(Metadata, 1, new byte[] { 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(Metadata, 1, new byte[] { 0, 0, 0, 200, 0, 1, (byte)'a' })]
    [InlineData(Metadata, 9, new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f })]
    public async Task Input_18_an_array_longer_than_the_bytes_that_are_left_closes_before_it_is_allocated(short key, short version, byte[] body)
    {
        var before = GC.GetTotalAllocatedBytes();
        await HostileInputDecodingTests.ClosesAsync(key, version, body);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 100 << 20);
    }

    [Fact]
    public async Task Input_18_millions_of_empty_elements_are_not_decoded_into_gigabytes()
    {
        // 30 MiB of topics with a name of one letter: each passes every length check, together they would be 2 GB of objects.
        const int Topics = 10 << 20;
        var body = new ArrayBufferWriter<byte>(Topics * 3);
        var writer = new WireWriter(body);
        writer.WriteUnsignedVarint(Topics + 1);
        for (var i = 0; i < Topics; i++) writer.WriteRaw([2, (byte)'a', 0]);
        writer.WriteRaw([0, 0, 0, 0]);
        writer.Flush();
        await ClosesCheaplyAsync(WireFrames.Raw(Metadata, 9, -2, body.WrittenSpan, flexibleHeader: true));
    }

    [Fact]
    public async Task Input_19_nested_arrays_are_bounded_together()
    {
        // Topics, each with partitions that have no records: 5 bytes a partition on the wire, an object each in memory.
        const int Topics = 2000;
        const int Partitions = 1000;
        var body = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(body);
        writer.WriteRaw([0, 0, 1, 0, 0, 0, 1]); // no transactional id, acks, time-out
        writer.WriteUnsignedVarint(Topics + 1);
        for (var topic = 0; topic < Topics; topic++)
        {
            writer.WriteRaw([2, (byte)'a']);
            writer.WriteUnsignedVarint(Partitions + 1);
            for (var partition = 0; partition < Partitions; partition++) writer.WriteRaw([0, 0, 0, 0, 0, 0]);
            writer.WriteByte(0);
        }

        writer.WriteByte(0);
        writer.Flush();
        var frame = WireFrames.Raw(Produce, 9, -2, body.WrittenSpan, flexibleHeader: true);
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        var before = GC.GetTotalAllocatedBytes();
        await client.SendRawAsync(frame);
        await Task.WhenAny(client.ReadFrameAsync(), client.Closed).WaitAsync(WireClient.Patience); // both are fine
        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated < 20L * frame.Length, $"{allocated} bytes allocated for a frame of {frame.Length}"); // 16 a byte decoded, and the frame itself on both sides
    }

    private static Task<FrontEndHost> StartAsync() => FrontEndHost.StartAsync(
        new FrontEndOptions(), TimeProvider.System,
        [Requests.EchoMetadata(), new FakeHandler<ProduceRequest, ProduceResponse>((_, _) => new(Requests.Produced(0)))], blockBytes: 256 << 10);

    private static async Task ClosesCheaplyAsync(byte[] frame)
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        var before = GC.GetTotalAllocatedBytes();
        await client.SendRawAsync(frame);
        await client.WaitUntilClosedAsync();
        Assert.True(GC.GetTotalAllocatedBytes() - before < 4L * frame.Length, $"{GC.GetTotalAllocatedBytes() - before} bytes allocated for a frame of {frame.Length}");
    }
}

[CollectionDefinition(nameof(AllocationsAreCounted), DisableParallelization = true)]
public sealed class AllocationsAreCounted;
