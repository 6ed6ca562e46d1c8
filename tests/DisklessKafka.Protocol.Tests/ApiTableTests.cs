using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Protocol.Tests;

/// <summary>Figures that are easy to get wrong by one, as known from Kafka and not from the schemas.</summary>
public sealed class ApiTableTests
{
    [Theory]
    [InlineData(ApiKey.Produce, 3, 13, 9)]
    [InlineData(ApiKey.Fetch, 4, 18, 12)]
    [InlineData(ApiKey.ListOffsets, 1, 11, 6)]
    [InlineData(ApiKey.Metadata, 0, 13, 9)]
    [InlineData(ApiKey.FindCoordinator, 0, 6, 3)]
    [InlineData(ApiKey.JoinGroup, 0, 9, 6)]
    [InlineData(ApiKey.Heartbeat, 0, 4, 4)]
    [InlineData(ApiKey.SyncGroup, 0, 5, 4)]
    [InlineData(ApiKey.ListGroups, 0, 5, 3)]
    [InlineData(ApiKey.SaslHandshake, 0, 1, short.MaxValue)]
    [InlineData(ApiKey.ApiVersions, 0, 4, 3)]
    [InlineData(ApiKey.CreateTopics, 2, 7, 5)]
    [InlineData(ApiKey.OffsetForLeaderEpoch, 2, 4, 4)]
    [InlineData(ApiKey.DescribeConfigs, 1, 4, 4)]
    [InlineData(ApiKey.OffsetDelete, 0, 0, short.MaxValue)]
    [InlineData(ApiKey.DescribeCluster, 0, 2, 0)]
    public void Versions_are_those_of_Kafka(ApiKey key, short lowest, short highest, short firstFlexible)
    {
        var api = ApiTable.Of(key);
        Assert.Equal((lowest, highest, firstFlexible), (api.LowestVersion, api.HighestVersion, api.FirstFlexibleVersion));
    }

    [Fact]
    public void Versions_that_may_still_change_are_marked()
    {
        Assert.Equal(5, ApiTable.Of(ApiKey.InitProducerId).HighestStableVersion);
        Assert.All(ApiTable.All.Where(api => api.Key != ApiKey.InitProducerId), api => Assert.Equal(api.HighestVersion, api.HighestStableVersion));
    }

    [Fact]
    public void Header_versions_follow_from_key_and_version()
    {
        var produce = ApiTable.Of(ApiKey.Produce);
        Assert.Equal((1, 0), (produce.RequestHeaderVersion(8), produce.ResponseHeaderVersion(8)));
        Assert.Equal((2, 1), (produce.RequestHeaderVersion(9), produce.ResponseHeaderVersion(9)));
        var handshake = ApiTable.Of(ApiKey.SaslHandshake);
        Assert.Equal((1, 0), (handshake.RequestHeaderVersion(1), handshake.ResponseHeaderVersion(1)));
    }

    [Fact]
    public void The_response_header_of_ApiVersions_never_has_tags()
    {
        var api = ApiTable.Of(ApiKey.ApiVersions);
        Assert.Equal((2, 0), (api.RequestHeaderVersion(4), api.ResponseHeaderVersion(4)));
    }

    [Fact]
    public void The_client_id_keeps_its_wide_length_in_flexible_headers()
    {
        var header = new RequestHeader { RequestApiKey = 18, RequestApiVersion = 3, CorrelationId = 1, ClientId = "a" };
        Assert.Equal("00120003" + "00000001" + "000161" + "00", Convert.ToHexString(Tests.Messages.MessageType.Write(header, 2)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]         // removed from Kafka
    [InlineData(52)]        // between controllers only
    [InlineData(9999)]
    [InlineData(short.MaxValue)]
    [InlineData(short.MinValue)]
    public void Keys_that_clients_cannot_call_are_not_found(short key) => Assert.False(ApiTable.TryGet(key, out _));

    [Fact]
    public void Requests_know_their_key()
    {
        Assert.Equal(77, ApiTable.All.Length);
        foreach (var api in ApiTable.All)
        {
            var type = typeof(ProduceRequest).Assembly.GetType($"DisklessKafka.Protocol.Messages.{api.Name}Request")!;
            Assert.Equal(api.Key, type.GetProperty("ApiKey")!.GetValue(null));
            Assert.True(ApiTable.TryGet((short)api.Key, out var found) && ReferenceEquals(found, api));
        }
    }

    [Fact]
    public void Errors_bear_Kafkas_numbers_names_and_advice()
    {
        Assert.Equal((short)3, (short)ErrorCode.UnknownTopicOrPartition);
        Assert.Equal("UNKNOWN_TOPIC_OR_PARTITION", ErrorCode.UnknownTopicOrPartition.KafkaName());
        Assert.True(ErrorCode.UnknownTopicOrPartition.IsRetriable());
        Assert.False(ErrorCode.OffsetOutOfRange.IsRetriable());
        Assert.Equal("777", ((ErrorCode)777).KafkaName());
        Assert.Equal(Enumerable.Range(-1, 135), Enum.GetValues<ErrorCode>().Select(code => (int)code).Order());
    }
}
