using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// EndTxn v0–5. One command ends the transaction in all partitions and groups; what is answered is done. From version 5 on
/// the producer gets its next epoch with it (transaction version 2).
/// Deviations: CONCURRENT_TRANSACTIONS is never answered.
/// </summary>
public sealed class EndTxnHandler(Cluster cluster) : IApiHandler<EndTxnRequest, EndTxnResponse>
{
    private const short FencedVersion = 2, BumpingVersion = 5;

    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<EndTxnResponse?> HandleAsync(EndTxnRequest request, RequestContext context)
    {
        if (request.TransactionalId.Value.Length == 0) return ToError(request, ErrorCode.InvalidRequest);
        var bumps = context.ApiVersion >= BumpingVersion;
        var command = new EndTransaction
        {
            TransactionalId = request.TransactionalId, ProducerId = request.ProducerId, Epoch = request.ProducerEpoch, Commit = request.Committed, BumpsEpoch = bumps,
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToError(request, TransactionErrors.Of(status));
        var error = TransactionErrors.Of(outcome.Status, context.ApiVersion >= FencedVersion);
        return bumps && error == ErrorCode.None
            ? new() { ProducerId = new ProducerId(outcome.ProducerId), ProducerEpoch = outcome.Epoch }
            : ToError(request, error);
    }

    public EndTxnResponse ToError(EndTxnRequest request, ErrorCode error) => new() { ErrorCode = error, ProducerId = new ProducerId(-1), ProducerEpoch = -1 };
}
