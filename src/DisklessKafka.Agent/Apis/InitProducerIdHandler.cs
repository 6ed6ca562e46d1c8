using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// InitProducerId v0–5. An open transaction of the producer before is aborted in the same step, so a client is never told
/// to ask again (CONCURRENT_TRANSACTIONS) and its epoch goes up by one instead of two.
/// Deviations: none that a client could see.
/// </summary>
public sealed class InitProducerIdHandler(Cluster cluster, LiveSettings settings) : IApiHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const short FencedVersion = 4;

    public ApiVersionRange Versions => new(0, 5);

    public ValueTask<InitProducerIdResponse?> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        if (request.TransactionalId is { Value.Length: 0 }) return new(ToError(request, ErrorCode.InvalidRequest));
        if (request.ProducerId.Value < -1 || request.ProducerEpoch < -1 || (request.ProducerId.Value < 0) != (request.ProducerEpoch < 0))
            return new(ToError(request, ErrorCode.InvalidRequest));
        return request.TransactionalId is { } id ? BeginAsync(request, id, context) : InitAsync(request, context);
    }

    public InitProducerIdResponse ToError(InitProducerIdRequest request, ErrorCode error) => new() { ErrorCode = error, ProducerId = new ProducerId(-1), ProducerEpoch = -1 };

    private async ValueTask<InitProducerIdResponse?> InitAsync(InitProducerIdRequest request, RequestContext context)
    {
        var (status, outcome) = await cluster.AppendAsync(Command.Of(new InitProducerId { ProducerId = request.ProducerId, Epoch = request.ProducerEpoch }), context.Aborted);
        return outcome is null ? ToError(request, TransactionErrors.Of(status)) : new() { ProducerId = new ProducerId(outcome.ProducerId), ProducerEpoch = outcome.Epoch };
    }

    private async ValueTask<InitProducerIdResponse?> BeginAsync(InitProducerIdRequest request, TransactionalId id, RequestContext context)
    {
        if (request.TransactionTimeoutMs > settings.Current.Int(BrokerConfigs.TransactionMaxTimeoutMs)) return ToError(request, ErrorCode.InvalidTransactionTimeout);
        var command = new InitTransactions
        {
            TransactionalId = id, TimeoutMs = request.TransactionTimeoutMs, ProducerId = request.ProducerId, Epoch = request.ProducerEpoch,
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToError(request, TransactionErrors.Of(status));
        var error = TransactionErrors.Of(outcome.Status, context.ApiVersion >= FencedVersion);
        return error != ErrorCode.None ? ToError(request, error) : new() { ProducerId = new ProducerId(outcome.ProducerId), ProducerEpoch = outcome.Epoch };
    }
}
