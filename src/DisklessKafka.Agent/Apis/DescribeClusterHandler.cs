using DisklessKafka.Agent.Routing;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeCluster v0–2.
/// Deviations: shows the agents that Metadata shows this client (its zone's, where there are any), and there are neither
/// controllers to ask for nor fenced brokers.
/// </summary>
public sealed class DescribeClusterHandler(Cluster cluster) : IApiHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1, Controllers = 2;

    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<DescribeClusterResponse?> HandleAsync(DescribeClusterRequest request, RequestContext context)
    {
        if (request.EndpointType == Controllers)
            return Failed(request, ErrorCode.MismatchedEndpointType, "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER");
        if (request.EndpointType != Brokers)
            return Failed(request, ErrorCode.UnsupportedEndpointType, $"Unsupported endpoint type {request.EndpointType}");
        await cluster.CatchUpAsync(context.Aborted); // without the log, what this agent knows is still a good answer
        var view = cluster.View;
        var agents = cluster.AgentsFor(view, context);
        var response = new DescribeClusterResponse { EndpointType = request.EndpointType, ClusterId = view.ClusterId, ControllerId = cluster.ControllerFor(agents) };
        foreach (var agent in agents)
            response.Brokers.Add(new() { BrokerId = agent.NodeId, Host = agent.Host, Port = agent.Port, Rack = agent.Zone.Length == 0 ? null : agent.Zone });
        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        return response;
    }

    public DescribeClusterResponse ToError(DescribeClusterRequest request, ErrorCode error) => Failed(request, error, null);

    private static DescribeClusterResponse Failed(DescribeClusterRequest request, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message, EndpointType = request.EndpointType };
}
