using System.Text.RegularExpressions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ApiVersions, versions 0 to 4: which APIs and versions this agent serves, the first thing most clients ask.
/// A version above 4 is answered as KIP-511 says (see <see cref="Refusal"/>).
/// Deviations: none that a client could see.
/// </summary>
internal sealed partial class ApiVersionsHandler(ApiRegistry registry, Func<ApiFeatures> features) : IApiHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    public ApiVersionRange Versions => new(0, 4);

    public ValueTask<ApiVersionsResponse?> HandleAsync(ApiVersionsRequest request, RequestContext context)
    {
        if (context.ApiVersion >= 3)
        {
            if (!SoftwarePattern.IsMatch(request.ClientSoftwareName) || !SoftwarePattern.IsMatch(request.ClientSoftwareVersion))
                return new(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
            context.Connection.ClientSoftwareName = request.ClientSoftwareName;
            context.Connection.ClientSoftwareVersion = request.ClientSoftwareVersion;
        }

        return new(Answer(context.ApiVersion));
    }

    public ApiVersionsResponse ToError(ApiVersionsRequest request, ErrorCode error) => new() { ErrorCode = error };

    /// <summary>For a version we do not know: the error, and the one entry from which the client learns what to ask instead.</summary>
    public ApiVersionsResponse Refusal()
    {
        var response = new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion };
        response.ApiKeys.Add(new() { ApiKey = (short)ApiKey.ApiVersions, MinVersion = Versions.Min, MaxVersion = Versions.Max });
        return response;
    }

    private ApiVersionsResponse Answer(short version)
    {
        var current = features();
        var response = new ApiVersionsResponse { FinalizedFeaturesEpoch = current.Epoch };
        foreach (var (key, versions) in registry.Advertised)
            response.ApiKeys.Add(new() { ApiKey = (short)key, MinVersion = versions.Min, MaxVersion = versions.Max });

        foreach (var feature in current.All)
        {
            // Clients of version 3 and below cannot take a lowest level of 0 (KAFKA-17011).
            if (feature.Min > 0 || version >= 4)
                response.SupportedFeatures.Add(new() { Name = feature.Name, MinVersion = feature.Min, MaxVersion = feature.Max });
            if (feature.Finalized > 0)
                response.FinalizedFeatures.Add(new() { Name = feature.Name, MinVersionLevel = feature.Finalized, MaxVersionLevel = feature.Finalized });
        }

        return response;
    }

    private static Regex SoftwarePattern => Software();

    // Linear in the input whatever the client sends, and \z so that a trailing line feed is no way in.
    [GeneratedRegex(@"\A[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Software();
}
