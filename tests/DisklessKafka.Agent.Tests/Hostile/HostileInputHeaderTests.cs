using System.Buffers.Binary;
using DisklessKafka.Agent.Tests.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Hostile inputs 10 to 16: headers, unknown APIs and versions. Whatever closes must still answer the requests in front of it.</summary>
public sealed class HostileInputHeaderTests
{
    private const short Metadata = (short)ApiKey.Metadata;

    [Theory]
    [InlineData(9999)]
    [InlineData(-1)]
    [InlineData(short.MaxValue)]
    [InlineData(short.MinValue)]
    public Task Input_10_an_unknown_api_key_closes(short key) => ClosesAsync(WireFrames.Raw(key, 0, -2, []));

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(52)]
    [InlineData(59)]
    [InlineData(62)]
    public Task Input_11_a_removed_or_controller_only_key_closes(short key) => ClosesAsync(WireFrames.Raw(key, 0, -2, new byte[64]));

    [Theory]
    [InlineData(Metadata, 14)]
    [InlineData(Metadata, -1)]
    [InlineData(Metadata, short.MaxValue)]
    [InlineData((short)ApiKey.Produce, 0)] // offered for old clients' sake, yet refused
    [InlineData((short)ApiKey.Produce, 2)]
    [InlineData((short)ApiKey.Fetch, 12)] // known, not served here
    public Task Input_12_an_unsupported_version_closes(short key, short version) => ClosesAsync(WireFrames.Raw(key, version, -2, new byte[64]));

    [Theory]
    [InlineData(99)]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(short.MaxValue)]
    public async Task Input_13_apiversions_of_an_unknown_version_gets_a_version_0_answer_and_the_connection_stays(short version)
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        await client.SendRawAsync(WireFrames.Raw((short)ApiKey.ApiVersions, version, -2, [0xff, 0xff, 0x13, 0x37], clientId: null));

        var frame = await client.ReadFrameAsync();
        Assert.Equal(-2, BinaryPrimitives.ReadInt32BigEndian(frame));
        var response = WireFrames.DecodeResponse<ApiVersionsResponse>(frame, ApiTable.Of(ApiKey.ApiVersions), 0);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        var only = Assert.Single(response.ApiKeys);
        Assert.Equal((18, 0, 4), (only.ApiKey, only.MinVersion, only.MaxVersion));
        await StaysAsync(client);
    }

    [Theory]
    [InlineData("../<script>", "1.0")]
    [InlineData("", "1.0")]
    [InlineData("name", "")]
    [InlineData("-name", "1.0")]
    [InlineData("name.", "1.0")]
    [InlineData("name\n", "1.0")]
    [InlineData("näme", "1.0")]
    public async Task Input_14_a_software_name_that_is_none_gets_invalid_request_and_the_connection_stays(string name, string version)
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        foreach (short api in (short[])[3, 4])
        {
            var response = await client.SendAsync(new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = version }, api);
            Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
            Assert.Empty(response.ApiKeys);
        }

        await StaysAsync(client);
    }

    [Fact]
    public async Task Input_15_a_null_client_id_is_an_empty_one()
    {
        string? clientId = null;
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>((request, context) =>
        {
            clientId = context.ClientId;
            return new(Requests.Answer(request));
        }));
        await using var client = await host.ConnectAsync();
        await client.SendRawAsync(WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 9, -2, clientId: null));
        await client.ReadFrameAsync();
        Assert.Equal("", clientId);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(short.MinValue)]
    [InlineData(100)]
    [InlineData(short.MaxValue)]
    public Task Input_15_a_client_id_of_an_impossible_length_closes(short length) =>
        ClosesAsync(Framed([0, 3, 0, 1, 0, 0, 0, 9, (byte)(length >> 8), (byte)length, .. "abc"u8]));

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x07 })] // 2^31 - 1 tags
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f })] // 2^32 - 1 tags
    [InlineData(new byte[] { 1, 0, 0x7f })] // a tag longer than what is left
    [InlineData(new byte[] { 2, 5, 0, 5, 0 })] // twice the same
    [InlineData(new byte[] { 2, 5, 0, 4, 0 })] // descending
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0 })] // a tag of more than 32 bits
    public Task Input_16_impossible_tagged_fields_in_a_header_close(byte[] tags) =>
        ClosesAsync(Framed([0, 3, 0, 12, 0, 0, 0, 9, 0xff, 0xff, .. tags]));

    [Fact]
    public async Task Input_16_unknown_tagged_fields_in_a_header_are_passed_over()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        var plain = WireFrames.Encode(Requests.Metadata("a"), ApiKey.Metadata, 12, -2, clientId: null);
        await client.SendRawAsync(Framed([.. plain.AsSpan(4, 10), 2, 7, 2, 0xaa, 0xbb, 9, 0, .. plain.AsSpan(15)]));
        Assert.Equal("a", WireFrames.DecodeResponse<MetadataResponse>(await client.ReadFrameAsync(), ApiTable.Of(ApiKey.Metadata), 12).ClusterId);
    }

    internal static byte[] Framed(ReadOnlySpan<byte> content)
    {
        var frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame.AsSpan(4));
        return frame;
    }

    internal static Task<FrontEndHost> StartAsync() =>
        FrontEndHost.StartAsync(Requests.EchoMetadata(), new FakeHandler<ProduceRequest, ProduceResponse>((_, _) => new(Requests.Produced(0))));

    /// <summary>Sends a good request and the bad one in one packet: the good one is answered, then the connection ends, without an answer to the bad one.</summary>
    internal static async Task ClosesAsync(byte[] bad)
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync();
        var good = WireFrames.Encode(Requests.Metadata("good"), ApiKey.Metadata, 9, -1);
        await client.SendRawAsync((byte[])[.. good, .. bad]);
        Assert.Equal(-1, BinaryPrimitives.ReadInt32BigEndian(await client.ReadFrameAsync()));
        await client.WaitUntilClosedAsync();
        await Assert.ThrowsAnyAsync<Exception>(client.ReadFrameAsync);

        await using var other = await host.ConnectAsync();
        await StaysAsync(other);
    }

    internal static async Task StaysAsync(WireClient client) =>
        Assert.Equal("stays", (await client.SendAsync(Requests.Metadata("stays"), 9).WaitAsync(WireClient.Patience)).ClusterId);
}
