using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// UpdateFeatures v0–2.
/// Deviations: every feature is in force at its highest level from the start and stays there; an update to the level that is
/// in force succeeds, any other is refused with INVALID_UPDATE_VERSION.
/// </summary>
public sealed class UpdateFeaturesHandler(Func<ApiFeatures> features) : IApiHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    private const short NoResultsVersion = 2;

    public ApiVersionRange Versions => new(0, 2);

    public ValueTask<UpdateFeaturesResponse?> HandleAsync(UpdateFeaturesRequest request, RequestContext context)
    {
        var response = new UpdateFeaturesResponse();
        foreach (var update in request.FeatureUpdates)
        {
            var message = Refusal(update.Feature, update.MaxVersionLevel);
            var error = message is null ? ErrorCode.None : ErrorCode.InvalidUpdateVersion;
            response.Results.Add(new() { Feature = update.Feature, ErrorCode = error, ErrorMessage = message });
            if (context.ApiVersion >= NoResultsVersion && error != ErrorCode.None) (response.ErrorCode, response.ErrorMessage) = (error, message);
        }

        return new(response);
    }

    public UpdateFeaturesResponse ToError(UpdateFeaturesRequest request, ErrorCode error) => new() { ErrorCode = error };

    private string? Refusal(string name, short level)
    {
        var feature = features().All.FirstOrDefault(known => known.Name == name);
        if (feature is null) return $"Invalid update version {level} for feature {name}. Local controllers do not support this feature.";
        return level == feature.Finalized ? null : $"Invalid update version {level} for feature {name}. The level in force is {feature.Finalized} and cannot be changed.";
    }
}
