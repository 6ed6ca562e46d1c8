using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>Decodes requests of one API and hands them to its handler, on the caller's stack.</summary>
internal abstract class ApiEndpoint(IApiHandler handler)
{
    public ApiInfo Info { get; } = ApiTable.Of(handler.ApiKey);

    /// <summary>As metrics and logs name the API.</summary>
    public string Name { get; } = handler.ApiKey.ToString();

    /// <summary>The name as a metric tag, boxed once.</summary>
    public KeyValuePair<string, object?> Tag { get; } = new("api", handler.ApiKey.ToString());

    public ApiVersionRange Versions { get; } = handler.Versions;

    public ApiVersionRange Advertised { get; } = handler.Advertised;

    public ValueTask WhenReadyAsync() => handler.WhenReadyAsync();

    /// <exception cref="WireFormatException">The body is not a message of this version.</exception>
    public abstract PendingReply Invoke(ref WireReader body, RequestContext context);
}

internal sealed class ApiEndpoint<TRequest, TResponse>(IApiHandler<TRequest, TResponse> handler) : ApiEndpoint(handler)
    where TRequest : class, IRequest<TRequest, TResponse>
    where TResponse : class, IMessage<TResponse>
{
    public override PendingReply Invoke(ref WireReader body, RequestContext context)
    {
        var request = TRequest.Read(ref body, context.ApiVersion);
        ValueTask<TResponse?> pending;
        try
        {
            pending = handler.HandleAsync(request, context);
        }
        catch (Exception failure)
        {
            pending = ValueTask.FromException<TResponse?>(failure); // one way to fail, wherever in the handler it happens
        }

        return new PendingReply<TRequest, TResponse>(this, context, handler, request, pending);
    }
}
