using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeTransactions v0: as of everything that any agent acknowledged before the request.
/// Deviations: any agent answers for any transactional id; the Prepare states never are.
/// </summary>
public sealed class DescribeTransactionsHandler(Cluster cluster) : IApiHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    public ApiVersionRange Versions => new(0, 0);

    public async ValueTask<DescribeTransactionsResponse?> HandleAsync(DescribeTransactionsRequest request, RequestContext context)
    {
        var response = await cluster.QueryAsync(state => Describe(request, state), context.Aborted);
        return response ?? ToError(request, ErrorCode.CoordinatorNotAvailable);
    }

    public DescribeTransactionsResponse ToError(DescribeTransactionsRequest request, ErrorCode error) => new()
    {
        TransactionStates = request.TransactionalIds.ConvertAll(id => Failed(id, error)),
    };

    private static DescribeTransactionsResponse Describe(DescribeTransactionsRequest request, ClusterState state) => new()
    {
        TransactionStates = request.TransactionalIds.ConvertAll(id => Describe(id, state)),
    };

    private static DescribeTransactionsResponse.TransactionStateData Describe(TransactionalId id, ClusterState state)
    {
        if (id.Value.Length == 0) return Failed(id, ErrorCode.InvalidRequest);
        if (state.FindTransaction(id) is not { } transaction) return Failed(id, ErrorCode.TransactionalIdNotFound);
        return new()
        {
            TransactionalId = id,
            TransactionState = TransactionNames.Of(transaction.State),
            TransactionTimeoutMs = transaction.TimeoutMs,
            TransactionStartTimeMs = transaction.StartMs,
            ProducerId = new ProducerId(transaction.ProducerId),
            ProducerEpoch = transaction.Epoch,
            Topics = [.. TransactionNames.Partitions(transaction, state.View).Select(open => new DescribeTransactionsResponse.TopicData { Topic = open.Topic.Name, Partitions = open.Partitions })],
        };
    }

    private static DescribeTransactionsResponse.TransactionStateData Failed(TransactionalId id, ErrorCode error) =>
        new() { TransactionalId = id, ErrorCode = error, TransactionState = "", ProducerId = new ProducerId(-1), ProducerEpoch = -1, TransactionStartTimeMs = -1 };
}
