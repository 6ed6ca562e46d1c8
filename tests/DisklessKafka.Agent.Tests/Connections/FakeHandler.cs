using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Tests.Connections;

/// <summary>Serves an API at every version Kafka defines, with whatever the test wants to happen.</summary>
internal sealed class FakeHandler<TRequest, TResponse>(Func<TRequest, RequestContext, ValueTask<TResponse?>> handle) : IApiHandler<TRequest, TResponse>
    where TRequest : class, IRequest<TRequest, TResponse>
    where TResponse : class, IMessage<TResponse>
{
    public Func<TRequest, TResponse>? OnError { get; init; }

    public Func<ValueTask>? Ready { get; init; }

    public ApiVersionRange Versions => new(ApiTable.Of(TRequest.ApiKey).LowestVersion, ApiTable.Of(TRequest.ApiKey).HighestStableVersion);

    public ApiVersionRange Advertised => TRequest.ApiKey == ApiKey.Produce ? Versions with { Min = 0 } : Versions;

    public ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context) => handle(request, context);

    public ValueTask WhenReadyAsync() => Ready?.Invoke() ?? ValueTask.CompletedTask;

    public TResponse? ToError(TRequest request, ErrorCode error) => OnError?.Invoke(request);
}
