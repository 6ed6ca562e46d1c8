using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// FindCoordinator v0–6. Any agent coordinates any group and any transaction; keys are only spread over the agents that
/// this client sees, always to the same one while the agents stay the same.
/// Deviations: share groups are not served, their keys are answered with INVALID_REQUEST.
/// </summary>
public sealed class FindCoordinatorHandler(Cluster cluster) : IApiHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const short ManyKeysVersion = 4;

    public ApiVersionRange Versions => new(0, 6);

    public async ValueTask<FindCoordinatorResponse?> HandleAsync(FindCoordinatorRequest request, RequestContext context)
    {
        await cluster.CatchUpAsync(context.Aborted); // without the log, what this agent knows is still a good answer
        var agents = cluster.AgentsFor(cluster.View, context);
        if (context.ApiVersion < ManyKeysVersion)
        {
            var (agent, error, message) = Find(request.Key, request.KeyType, agents);
            return new() { ErrorCode = error, ErrorMessage = message, NodeId = agent?.NodeId ?? -1, Host = agent?.Host ?? "", Port = agent?.Port ?? -1 };
        }

        var response = new FindCoordinatorResponse();
        foreach (var key in request.CoordinatorKeys)
        {
            var (agent, error, message) = Find(key, request.KeyType, agents);
            response.Coordinators.Add(new()
            {
                Key = key, ErrorCode = error, ErrorMessage = message, NodeId = agent?.NodeId ?? -1, Host = agent?.Host ?? "", Port = agent?.Port ?? -1,
            });
        }

        return response;
    }

    public FindCoordinatorResponse ToError(FindCoordinatorRequest request, ErrorCode error)
    {
        var response = new FindCoordinatorResponse { ErrorCode = error, NodeId = -1, Port = -1 };
        foreach (var key in request.CoordinatorKeys) response.Coordinators.Add(new() { Key = key, ErrorCode = error, NodeId = -1, Port = -1 });
        return response;
    }

    private static (AgentInfo? Agent, ErrorCode Error, string? Message) Find(string key, sbyte type, AgentInfo[] agents)
    {
        if (type is not (CoordinatorRouting.Group or CoordinatorRouting.Transaction)) return (null, ErrorCode.InvalidRequest, $"Coordinators of key type {type} are not served.");
        return CoordinatorRouting.Choose(agents, key, type) is { } agent
            ? (agent, ErrorCode.None, null)
            : (null, ErrorCode.CoordinatorNotAvailable, "No agent is registered yet.");
    }
}
