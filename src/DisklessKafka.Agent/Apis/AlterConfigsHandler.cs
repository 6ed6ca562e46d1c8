using DisklessKafka.Agent.Configs;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// AlterConfigs v0–2: replaces all that is set for a resource.
/// Deviations: brokers are altered together only (an empty name).
/// </summary>
public sealed class AlterConfigsHandler(ConfigChanger changer) : IApiHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<AlterConfigsResponse?> HandleAsync(AlterConfigsRequest request, RequestContext context)
    {
        var changes = request.Resources.ConvertAll(resource => new ResourceChange(
            resource.ResourceType, resource.ResourceName, ReplacesAll: true,
            [.. resource.Configs.Select(config => new ConfigChange(config.Name, ConfigOperation.Set, config.Value))]));
        var answers = await changer.AlterAsync(changes, request.ValidateOnly, context.Aborted);
        return Answer(request, i => answers[i]);
    }

    public AlterConfigsResponse ToError(AlterConfigsRequest request, ErrorCode error) => Answer(request, _ => (error, null));

    private static AlterConfigsResponse Answer(AlterConfigsRequest request, Func<int, (ErrorCode Error, string? Message)> answer) => new()
    {
        Responses =
        [
            .. request.Resources.Select((resource, i) => new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = answer(i).Error, ErrorMessage = answer(i).Message, ResourceType = resource.ResourceType, ResourceName = resource.ResourceName,
            }),
        ],
    };
}
