using DisklessKafka.Agent.Tests.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile inputs 17 and 20 to 22: bodies that do not decode.</summary>
public sealed class HostileInputDecodingTests
{
    private const short Metadata = (short)ApiKey.Metadata;
    private const short Produce = (short)ApiKey.Produce;

    [Theory]
    [InlineData(Metadata, 0, new byte[] { 0xff, 0xff, 0xff, 0xff })] // null where version 0 allows none
    [InlineData(Metadata, 1, new byte[] { 0xff, 0xff, 0xff, 0xfe })] // -2
    [InlineData(Produce, 3, new byte[] { 0xff, 0xff, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff })]
    public Task Input_17_a_null_array_where_none_may_be_closes(short key, short version, byte[] body) => ClosesAsync(key, version, body);

    [Theory]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x1f })]
    [InlineData(new byte[] { 0x80 })]
    public Task Input_20_a_varint_that_is_too_long_or_cut_off_closes(byte[] body) => ClosesAsync(Metadata, 9, body);

    [Theory]
    [InlineData(new byte[] { 2, 0x7f, (byte)'a' })] // a string longer than what is left
    [InlineData(new byte[] { 2, 3, 0xc3, 0x28, 0, 1, 0, 0, 0 })] // not UTF-8
    [InlineData(new byte[] { 2, 4, 0xed, 0xa0, 0x80, 0, 1, 0, 0, 0 })] // a surrogate by itself
    public Task Input_21_a_string_that_is_too_long_or_not_utf_8_closes(byte[] body) => ClosesAsync(Metadata, 9, body);

    [Fact]
    public async Task Input_22_bytes_behind_a_valid_body_are_ignored_and_the_next_frame_found()
    {
        await using var host = await HostileInputHeaderTests.StartAsync();
        await using var client = await host.ConnectAsync();
        var plain = WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 12, -2);
        await client.SendRawAsync(HostileInputHeaderTests.Framed([.. plain.AsSpan(4), 1, 2, 3, 4, 5]));
        Assert.Equal("a", WireFrames.DecodeResponse<MetadataResponse>(await client.ReadFrameAsync(), ApiTable.Of(ApiKey.Metadata), 12).ClusterId);
        await HostileInputHeaderTests.StaysAsync(client);
    }

    [Fact]
    public async Task Every_truncation_of_a_good_request_closes_and_none_breaks_the_server()
    {
        await using var host = await HostileInputHeaderTests.StartAsync();
        var good = WireFrames.Encode(Requests.Produce([1, 2, 3]), ApiKey.Produce, 9, -2).AsMemory(4);
        for (var length = 8; length < good.Length; length++)
        {
            await using var client = await host.ConnectAsync();
            await client.SendRawAsync(HostileInputHeaderTests.Framed(good.Span[..length]));
            await client.WaitUntilClosedAsync();
        }
    }

    [Fact]
    public async Task Random_flips_of_good_requests_answer_or_close_and_never_hang()
    {
        var random = new Random(20);
        await using var host = await HostileInputHeaderTests.StartAsync();
        byte[][] good =
        [
            WireFrames.Encode(Requests.Produce(new byte[40]), ApiKey.Produce, 9, -2),
            WireFrames.Encode(Requests.Metadata("some-topic"), ApiKey.Metadata, 12, -2),
            WireFrames.Encode(new ApiVersionsRequest { ClientSoftwareName = "a", ClientSoftwareVersion = "1" }, ApiKey.ApiVersions, 3, -2),
        ];
        for (var i = 0; i < 300; i++)
        {
            var frame = (byte[])good[i % good.Length].Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--) frame[random.Next(4, frame.Length)] = (byte)random.Next(256);
            await using var client = await host.ConnectAsync();
            await client.SendRawAsync(frame);
            client.HalfClose();
            await client.WaitUntilClosedAsync();
        }
    }

    internal static Task ClosesAsync(short key, short version, byte[] body) =>
        HostileInputHeaderTests.ClosesAsync(WireFrames.Raw(key, version, -2, body, flexibleHeader: ApiTable.Of((ApiKey)key).IsFlexible(version)));
}
