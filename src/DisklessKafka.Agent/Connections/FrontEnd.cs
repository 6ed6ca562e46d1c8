using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent.Connections;

/// <summary>What all connections of an agent share.</summary>
internal sealed class FrontEnd(ApiRegistry registry, FrontEndOptions options, TimeProvider time, FrontEndMetrics metrics, ILogger logger, Task opening)
{
    private readonly LogGate _handlerGate = new(time);
    private readonly LogGate _refusalGate = new(time);

    public FrontEndOptions Options => options;

    public TimeProvider Time => time;

    public FrontEndMetrics Metrics => metrics;

    public RequestDispatcher Dispatcher { get; } = new(registry, time);

    public MemoryBudget RequestMemory { get; } = new(options.RequestMemoryBytes);

    public MemoryBudget ReplyMemory { get; } = new(options.ReplyMemoryBytes);

    public ConnectionTable Connections { get; } = new(options);

    /// <summary>Completes when connections may be served; until then they wait.</summary>
    public Task Opening => opening;

    /// <summary>Completes when the handler of the key can take a request; at once for keys that nobody handles.</summary>
    public ValueTask WhenReadyAsync(short key) => registry.Find((ApiKey)key)?.WhenReadyAsync() ?? ValueTask.CompletedTask;

    public void HandlerFailed(PendingReply reply, ConnectionFacts facts, Exception failure)
    {
        metrics.RequestFailed(reply);
        if (_handlerGate.TryPass(out var suppressed))
            ConnectionLog.HandlerFailed(logger, reply.Endpoint.Name, reply.Context.ApiVersion, facts, suppressed, failure);
    }

    public void Closed(ConnectionFacts facts, CloseReason reason, string? detail)
    {
        metrics.ConnectionClosed(reason);
        if (reason is CloseReason.ClientLeft or CloseReason.Drained or CloseReason.Idle or CloseReason.HandlerAsked or CloseReason.ReplicaStopped)
            ConnectionLog.Ended(logger, facts, reason);
        else if (_refusalGate.TryPass(out var suppressed))
            ConnectionLog.Refused(logger, facts, reason, detail, suppressed);
    }
}
