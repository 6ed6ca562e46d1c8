using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Connections;

/// <summary>A request that was handed to its handler, waiting in request order for its answer.</summary>
internal abstract class PendingReply(ApiEndpoint endpoint, RequestContext context)
{
    public ApiEndpoint Endpoint => endpoint;

    public RequestContext Context => context;

    /// <summary>What the decoded request takes, its borrowed records not counted; released with the answer.</summary>
    public long KeptBytes { get; set; }

    /// <summary>The version that the answer is encoded in: the request's, except where that one is not known here.</summary>
    public short ResponseVersion { get; init; } = context.ApiVersion;

    public bool ResponseHeaderHasTags => endpoint.Info.ResponseHeaderVersion(ResponseVersion) >= 1;

    public abstract bool IsCompleted { get; }

    /// <summary>The answer, or null for none. Throws what the handler threw. To be awaited once.</summary>
    public abstract ValueTask<IMessage?> ResponseAsync();

    /// <summary>The answer for a handler that threw, or null if its API has none.</summary>
    public abstract IMessage? ErrorResponse();
}

internal sealed class PendingReply<TRequest, TResponse>(
    ApiEndpoint endpoint, RequestContext context, IApiHandler<TRequest, TResponse> handler, TRequest request, ValueTask<TResponse?> pending)
    : PendingReply(endpoint, context)
    where TRequest : class, IRequest<TRequest, TResponse>
    where TResponse : class, IMessage<TResponse>
{
    private ValueTask<TResponse?> _pending = pending;

    public override bool IsCompleted => _pending.IsCompleted;

    // GetResult only of what has completed: no thread waits, and a ready answer needs no state machine.
    public override ValueTask<IMessage?> ResponseAsync() =>
        _pending.IsCompletedSuccessfully ? new ValueTask<IMessage?>(_pending.GetAwaiter().GetResult()) : WaitAsync();

    public override IMessage? ErrorResponse() => handler.ToError(request, ErrorCode.UnknownServerError);

    private async ValueTask<IMessage?> WaitAsync() => await _pending;
}
