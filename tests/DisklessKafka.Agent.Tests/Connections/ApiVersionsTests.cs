using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class ApiVersionsTests
{
    private static readonly ApiVersionsRequest Request = new() { ClientSoftwareName = "librdkafka", ClientSoftwareVersion = "2.15.1" };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Exactly_what_is_served_is_offered(short version)
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata(), new FakeHandler<ProduceRequest, ProduceResponse>((_, _) => new(Requests.Produced(0))));
        await using var client = await host.ConnectAsync();
        var response = await client.SendAsync(Request, version);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal([(0, 0, 13), (3, 0, 13), (18, 0, 4)], response.ApiKeys.Select(api => ((int)api.ApiKey, (int)api.MinVersion, (int)api.MaxVersion)));
    }

    [Fact]
    public async Task A_client_learns_the_versions_and_speaks_the_highest()
    {
        await using var host = await FrontEndHost.StartAsync(Requests.EchoMetadata());
        await using var client = await host.ConnectAsync();
        await client.NegotiateAsync();
        Assert.Equal(13, client.VersionFor(ApiKey.Metadata));
        Assert.Equal("a", (await client.SendAsync(Requests.Metadata("a"))).ClusterId);
        Assert.Throws<InvalidOperationException>(() => client.VersionFor(ApiKey.Fetch));
    }

    [Fact]
    public async Task Software_name_and_version_are_known_to_later_requests()
    {
        string? software = null;
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>((request, context) =>
        {
            software = $"{context.Connection.ClientSoftwareName} {context.Connection.ClientSoftwareVersion}, client {context.ClientId}, listener {context.Connection.Listener}";
            return new(Requests.Answer(request));
        }));
        await using var client = await host.ConnectAsync();
        await client.SendAsync(Request, 3);
        await client.SendAsync(Requests.Metadata("a"), 12);
        Assert.Equal("librdkafka 2.15.1, client wire-client, listener test", software);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task A_feature_that_begins_at_level_0_is_hidden_from_clients_that_cannot_take_it(short version, bool shown)
    {
        var features = new ApiFeatures([new ApiFeature("group.version", 0, 1, 1), new ApiFeature("metadata.version", 7, 29, 29)], Epoch: 5);
        var registry = new ApiRegistry([], () => features);
        var handler = new ApiVersionsHandler(registry, () => features);
        var response = (await handler.HandleAsync(Request, new RequestContext { ApiVersion = version }))!;

        Assert.Equal(shown ? ["group.version", "metadata.version"] : ["metadata.version"], response.SupportedFeatures.Select(feature => feature.Name));
        Assert.Equal([("group.version", 1), ("metadata.version", 29)], response.FinalizedFeatures.Select(feature => (feature.Name, (int)feature.MaxVersionLevel)));
        Assert.Equal(5, response.FinalizedFeaturesEpoch);
    }

    [Fact]
    public void Two_handlers_for_one_api_are_refused() =>
        Assert.Throws<ArgumentException>(() => new ApiRegistry([Requests.EchoMetadata(), Requests.EchoMetadata()]));
}
