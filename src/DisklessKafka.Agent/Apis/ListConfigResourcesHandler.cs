using System.Globalization;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>ListConfigResources v0–1: what has a configuration; version 0 asks for client metrics only. Deviations: there are no broker loggers.</summary>
public sealed class ListConfigResourcesHandler(Cluster cluster) : IApiHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private const sbyte Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32;

    public ApiVersionRange Versions => new(0, 1);

    public async ValueTask<ListConfigResourcesResponse?> HandleAsync(ListConfigResourcesRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var asked = context.ApiVersion == 0 ? [ClientMetrics] : request.ResourceTypes.ToHashSet(); // a set: a type may be named a million times
        if (asked.Any(type => type is not (Topic or Broker or BrokerLogger or ClientMetrics or Group))) return ToError(request, ErrorCode.UnsupportedVersion);
        return new()
        {
            ConfigResources = [.. All(cluster.View).Where(each => asked.Count == 0 || asked.Contains(each.Type))
                .Select(each => new ListConfigResourcesResponse.ConfigResource { ResourceType = each.Type, ResourceName = each.Name })],
        };
    }

    public ListConfigResourcesResponse ToError(ListConfigResourcesRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static List<(sbyte Type, string Name)> All(ClusterView view)
    {
        var resources = new List<(sbyte, string)>();
        foreach (var topic in view.Topics.All) resources.Add((Topic, topic.Name.Value));
        foreach (var agent in view.Agents.Brokers) resources.Add((Broker, agent.NodeId.ToString(CultureInfo.InvariantCulture)));
        foreach (var resource in view.Configs.Keys.Order())
            if (resource.Type is ClientMetrics or Group)
                resources.Add((resource.Type, resource.Name));
        return resources;
    }
}
