using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// AddOffsetsToTxn v0–4: makes a group part of a transaction.
/// Deviations: CONCURRENT_TRANSACTIONS is never answered; a transaction takes a thousand groups at most.
/// </summary>
public sealed class AddOffsetsToTxnHandler(Cluster cluster) : IApiHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    private const short FencedVersion = 2;

    public ApiVersionRange Versions => new(0, 4);

    public async ValueTask<AddOffsetsToTxnResponse?> HandleAsync(AddOffsetsToTxnRequest request, RequestContext context)
    {
        if (request.TransactionalId.Value.Length == 0) return ToError(request, ErrorCode.InvalidRequest);
        if (request.GroupId.Value.Length == 0) return ToError(request, ErrorCode.InvalidGroupId);
        var command = new AddToTransaction
        {
            TransactionalId = request.TransactionalId, ProducerId = request.ProducerId, Epoch = request.ProducerEpoch, Group = request.GroupId.Value,
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        return ToError(request, outcome is null ? TransactionErrors.Of(status) : TransactionErrors.Of(outcome.Status, context.ApiVersion >= FencedVersion));
    }

    public AddOffsetsToTxnResponse ToError(AddOffsetsToTxnRequest request, ErrorCode error) => new() { ErrorCode = error };
}
