using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// UnregisterBroker v0.
/// Deviations: an agent that stopped or died is unregistered by itself when its session ends; one that lives is refused with
/// INVALID_REQUEST, since it would only register again.
/// </summary>
public sealed class UnregisterBrokerHandler(Cluster cluster) : IApiHandler<UnregisterBrokerRequest, UnregisterBrokerResponse>
{
    public ApiVersionRange Versions => new(0, 0);

    public async ValueTask<UnregisterBrokerResponse?> HandleAsync(UnregisterBrokerRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        return cluster.View.Agents.FindBroker(request.BrokerId) is null
            ? new() { ErrorCode = ErrorCode.BrokerIdNotRegistered, ErrorMessage = $"Broker ID {request.BrokerId} is not currently registered" }
            : new() { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = $"Broker {request.BrokerId} is running; stop it, and it unregisters itself" };
    }

    public UnregisterBrokerResponse ToError(UnregisterBrokerRequest request, ErrorCode error) => new() { ErrorCode = error };
}
