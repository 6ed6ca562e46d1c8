using System.Security.Cryptography;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class FramingTests
{
    [Fact]
    public async Task A_request_split_at_every_byte_is_answered()
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await using var client = await host.ConnectAsync();
        var length = WireFrames.Encode(Requests.Metadata("split"), ApiKey.Metadata, 12, -1).Length;

        for (var at = 1; at < length; at++)
        {
            var frame = WireFrames.Encode(Requests.Metadata("split"), ApiKey.Metadata, 12, -at);
            await client.SendRawAsync(frame.AsMemory(0, at));
            await Eventually.HoldsAsync(() => host.Server.Shared.RequestMemory.HeldBytes > 0 || at < 6, "the first part has been looked at");
            await client.SendRawAsync(frame.AsMemory(at));
            Assert.Equal("split", Decode(await client.ReadFrameAsync(), 12).ClusterId);
        }
    }

    [Fact]
    public async Task A_request_sent_byte_by_byte_is_answered()
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await using var client = await host.ConnectAsync();
        foreach (var value in WireFrames.Encode(Requests.Metadata("drip"), ApiKey.Metadata, 9, -1)) await client.SendRawAsync(new[] { value });
        Assert.Equal("drip", Decode(await client.ReadFrameAsync(), 9).ClusterId);
    }

    [Fact]
    public async Task A_burst_of_requests_in_one_packet_is_answered_one_by_one()
    {
        // What kafka-python does to find out what it talks to: ApiVersions and Metadata, both version 0, at once.
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await using var client = await host.ConnectAsync();
        byte[] burst =
        [
            .. WireFrames.Encode(new ApiVersionsRequest(), ApiKey.ApiVersions, 0, -1),
            .. WireFrames.Encode(new MetadataRequest { Topics = [] }, ApiKey.Metadata, 0, -2),
        ];
        await client.SendRawAsync(burst);

        var versions = WireFrames.DecodeResponse<ApiVersionsResponse>(await client.ReadFrameAsync(), ApiTable.Of(ApiKey.ApiVersions), 0);
        Assert.Equal(ErrorCode.None, versions.ErrorCode);
        Decode(await client.ReadFrameAsync(), 0);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(256 << 10)]
    public async Task A_frame_of_many_blocks_and_more_than_the_whole_budget_arrives_intact(int blockBytes)
    {
        var options = new FrontEndOptions { RequestMemoryBytes = 1 << 20, ReadAheadBytes = 64 << 10 };
        await using var host = await FrontEndHost.StartAsync(options, TimeProvider.System, [Hashing()], blockBytes);
        await using var client = await host.ConnectAsync();
        var records = new byte[40 << 20];
        new Random(2).NextBytes(records);

        var answer = await client.SendAsync(Requests.Produce(records), 9).WaitAsync(WireClient.Patience);
        Assert.Equal(BitConverter.ToInt64(SHA256.HashData(records)), answer.Responses[0].PartitionResponses[0].BaseOffset);
    }

    [Fact]
    public async Task Large_frames_of_many_connections_share_a_small_budget_and_all_arrive()
    {
        var options = new FrontEndOptions { RequestMemoryBytes = 2 << 20, ReadAheadBytes = 64 << 10 };
        await using var host = await FrontEndHost.StartAsync(options, Hashing());
        var records = new byte[3 << 20];
        new Random(3).NextBytes(records);
        var expected = BitConverter.ToInt64(SHA256.HashData(records));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var client = await host.ConnectAsync();
            for (var i = 0; i < 3; i++)
            {
                var answer = await client.SendAsync(Requests.Produce(records), 9).WaitAsync(WireClient.Patience);
                Assert.Equal(expected, answer.Responses[0].PartitionResponses[0].BaseOffset);
            }
        }));
    }

    [Fact]
    public async Task An_answer_larger_than_every_buffer_arrives_intact()
    {
        var name = new string('x', 20 << 20);
        var options = new FrontEndOptions { ReplyMemoryBytes = 1 << 20 };
        await using var host = await FrontEndHost.StartAsync(options, new FakeHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse { ClusterId = name })));
        await using var client = await host.ConnectAsync();

        var answers = await Task.WhenAll(client.SendAsync(Requests.Metadata("a"), 12), client.SendAsync(Requests.Metadata("b"), 12)).WaitAsync(WireClient.Patience);
        Assert.All(answers, answer => Assert.Equal(name, answer.ClusterId));
    }

    private static FakeHandler<ProduceRequest, ProduceResponse> Hashing() => new((request, _) =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in request.TopicData[0].PartitionData[0].Records.Sequence) hash.AppendData(segment.Span);
        return new(Requests.Produced(BitConverter.ToInt64(hash.GetHashAndReset())));
    });

    private static MetadataResponse Decode(byte[] frame, short version) =>
        WireFrames.DecodeResponse<MetadataResponse>(frame, ApiTable.Of(ApiKey.Metadata), version);
}
