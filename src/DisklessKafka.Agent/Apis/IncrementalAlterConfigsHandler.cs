using DisklessKafka.Agent.Configs;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// IncrementalAlterConfigs v0–1: sets, deletes, appends to lists and takes from them, and leaves everything else.
/// Deviations: brokers are altered together only (an empty name).
/// </summary>
public sealed class IncrementalAlterConfigsHandler(ConfigChanger changer) : IApiHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    public ApiVersionRange Versions => new(0, 1);

    public async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var changes = request.Resources.ConvertAll(resource => new ResourceChange(
            resource.ResourceType, resource.ResourceName, ReplacesAll: false,
            [.. resource.Configs.Select(config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))]));
        var answers = await changer.AlterAsync(changes, request.ValidateOnly, context.Aborted);
        return Answer(request, i => answers[i]);
    }

    public IncrementalAlterConfigsResponse ToError(IncrementalAlterConfigsRequest request, ErrorCode error) => Answer(request, _ => (error, null));

    private static IncrementalAlterConfigsResponse Answer(IncrementalAlterConfigsRequest request, Func<int, (ErrorCode Error, string? Message)> answer) => new()
    {
        Responses =
        [
            .. request.Resources.Select((resource, i) => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = answer(i).Error, ErrorMessage = answer(i).Message, ResourceType = resource.ResourceType, ResourceName = resource.ResourceName,
            }),
        ],
    };
}
