using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>One served API, whatever its types. Implement <see cref="IApiHandler{TRequest,TResponse}"/>.</summary>
public interface IApiHandler
{
    ApiKey ApiKey { get; }

    /// <summary>Versions that are answered. A request of another version closes the connection, as in Kafka.</summary>
    ApiVersionRange Versions { get; }

    /// <summary>Versions that clients are told of; wider than <see cref="Versions"/> only where old clients draw conclusions from the bounds.</summary>
    ApiVersionRange Advertised => Versions;

    /// <summary>
    /// Awaited on each connection before the body of a request for this API is read. A handler whose buffers are full
    /// waits here until there is room: the connection is not read from meanwhile, and TCP slows its client. It must
    /// complete some day, whatever happens.
    /// </summary>
    ValueTask WhenReadyAsync() => ValueTask.CompletedTask;

    internal ApiEndpoint CreateEndpoint();
}

/// <summary>
/// Answers the requests of one API. One instance serves all connections.
/// </summary>
public interface IApiHandler<TRequest, TResponse> : IApiHandler
    where TRequest : class, IRequest<TRequest, TResponse>
    where TResponse : class, IMessage<TResponse>
{
    ApiKey IApiHandler.ApiKey => TRequest.ApiKey;

    /// <summary>
    /// Runs on the connection's reading loop, in request order, up to its first await. Until then, and only until then,
    /// the request's records fields may be read: they lie in the socket's buffers. The next request of the connection is
    /// taken right after, so anything that depends on request order must have happened, and anything slow must not.
    /// Whatever completes the returned task later must not do so under a lock or on a thread that others wait for: the
    /// answer may be encoded right there.
    /// </summary>
    /// <returns>Null sends no answer (produce with acks 0). An exception is answered with <see cref="ToError"/>.</returns>
    ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context);

    /// <summary>The answer that puts this error wherever the response has room for one. Null, for responses that have none, closes the connection.</summary>
    TResponse? ToError(TRequest request, ErrorCode error) => null;

    ApiEndpoint IApiHandler.CreateEndpoint() => new ApiEndpoint<TRequest, TResponse>(this);
}
