using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeConfigs v1–4, for topics, brokers and groups.
/// Deviations: any agent answers for any live agent, with its own start values; broker loggers and client metrics have no
/// settings here.
/// </summary>
public sealed class DescribeConfigsHandler(Cluster cluster, LiveSettings settings) : IApiHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    /// <summary>Each may be answered with more than a hundred settings and their texts; a request of a few bytes a resource must not take all memory.</summary>
    private const int MaxResources = 10_000;

    public ApiVersionRange Versions => new(1, 4);

    public async ValueTask<DescribeConfigsResponse?> HandleAsync(DescribeConfigsRequest request, RequestContext context)
    {
        if (request.Resources.Count > MaxResources) return ToError(request, ErrorCode.InvalidRequest);
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var (view, now) = (cluster.View, settings.CurrentOfThisAgent);
        var response = new DescribeConfigsResponse();
        foreach (var asked in request.Resources)
        {
            var ((error, message), configs) = Find(asked, view, now);
            var result = new DescribeConfigsResponse.DescribeConfigsResult { ErrorCode = error, ErrorMessage = message, ResourceType = asked.ResourceType, ResourceName = asked.ResourceName };
            var wanted = asked.ConfigurationKeys is { Count: > 0 } keys ? keys.ToHashSet(StringComparer.Ordinal) : null;
            foreach (var config in configs)
                if (wanted is null || wanted.Contains(config.Key.Name))
                    result.Configs.Add(Describe(config, request));
            response.Results.Add(result);
        }

        return response;
    }

    public DescribeConfigsResponse ToError(DescribeConfigsRequest request, ErrorCode error) => new()
    {
        Results = [.. request.Resources.Select(asked => new DescribeConfigsResponse.DescribeConfigsResult { ErrorCode = error, ResourceType = asked.ResourceType, ResourceName = asked.ResourceName })],
    };

    private ((ErrorCode Error, string? Message) Error, IEnumerable<DescribedConfig> Configs) Find(
        DescribeConfigsRequest.DescribeConfigsResource asked, ClusterView view, BrokerSettings now)
    {
        if (asked.ResourceType == ConfigResourceType.Topic)
        {
            var error = ConfigResources.FindTopic(asked.ResourceName, view, out var topic);
            return (error, topic is null ? [] : ConfigDescription.OfTopic(topic.Configs.ToDictionary(), now));
        }

        if (asked.ResourceType == ConfigResourceType.Group)
        {
            var error = ConfigResources.CheckGroup(asked.ResourceName);
            return (error, error.Error == ErrorCode.None ? ConfigDescription.OfGroup(ConfigResources.OfGroup(asked.ResourceName, view), now) : []);
        }

        if (asked.ResourceType != ConfigResourceType.Broker) return (ConfigResources.Unserved(asked.ResourceType), []);
        if (asked.ResourceName.Length == 0) return ((ErrorCode.None, null), ConfigDescription.OfClusterDefaults(now));
        var refusal = ConfigResources.CheckBroker(asked.ResourceName, cluster.NodeId, view);
        return (refusal, refusal.Error == ErrorCode.None ? ConfigDescription.OfBroker(now) : []);
    }

    private static DescribeConfigsResponse.DescribeConfigsResourceResult Describe(DescribedConfig config, DescribeConfigsRequest request) => new()
    {
        Name = config.Key.Name,
        Value = config.Value,
        ReadOnly = config.Key.IsReadOnly,
        ConfigSource = (sbyte)config.Source,
        IsSensitive = config.Key.IsSensitive,
        ConfigType = (sbyte)config.Key.Type,
        Documentation = request.IncludeDocumentation ? config.Key.FullDocumentation : null,
        Synonyms = request.IncludeSynonyms
            ? [.. config.Synonyms.Select(synonym => new DescribeConfigsResponse.DescribeConfigsSynonym { Name = synonym.Name, Value = synonym.Value, Source = (sbyte)synonym.Source })]
            : [],
    };
}
