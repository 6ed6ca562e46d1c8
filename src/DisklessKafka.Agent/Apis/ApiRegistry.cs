using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>The APIs that are served: what is in here is advertised, decoded and handled, and nothing else is.</summary>
public sealed class ApiRegistry
{
    private readonly ApiEndpoint?[] _byKey;
    private readonly ApiVersionsHandler _apiVersions;

    /// <param name="handlers">One for each API; ApiVersions is added here, since its answer is this table.</param>
    /// <param name="features">Read for every ApiVersions request, since levels can be raised while running.</param>
    public ApiRegistry(IEnumerable<IApiHandler> handlers, Func<ApiFeatures>? features = null)
    {
        _apiVersions = new ApiVersionsHandler(this, features ?? (static () => ApiFeatures.None));
        IApiHandler[] served = [_apiVersions, .. handlers];
        _byKey = new ApiEndpoint?[served.Max(handler => (int)handler.ApiKey) + 1];
        foreach (var handler in served) Add(handler);
        Advertised = [.. from endpoint in _byKey where endpoint is not null select new AdvertisedApi(endpoint.Info.Key, endpoint.Advertised)];
    }

    /// <summary>What ApiVersions answers, by key.</summary>
    public IReadOnlyList<AdvertisedApi> Advertised { get; }

    internal ApiEndpoint? Find(ApiKey key) => (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;

    /// <summary>The answer to an ApiVersions request of a version that is not known: always in version 0, which every client can decode.</summary>
    internal PendingReply RefuseVersion(RequestContext context) =>
        new PendingReply<ApiVersionsRequest, ApiVersionsResponse>(
            Find(ApiKey.ApiVersions)!, context, _apiVersions, new ApiVersionsRequest(), new(_apiVersions.Refusal())) { ResponseVersion = 0 };

    private void Add(IApiHandler handler)
    {
        var endpoint = handler.CreateEndpoint();
        ref var place = ref _byKey[(int)handler.ApiKey];
        if (place is not null) throw new ArgumentException($"two handlers for {handler.ApiKey}");
        place = endpoint;
    }
}

/// <param name="Versions">As clients are told; see <see cref="IApiHandler.Advertised"/>.</param>
public readonly record struct AdvertisedApi(ApiKey ApiKey, ApiVersionRange Versions);
