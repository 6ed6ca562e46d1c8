using DisklessKafka.Agent.Routing;
using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ListTransactions v0–2: as of everything that any agent acknowledged before the request.
/// Deviations: an agent lists the transactions that it coordinates for this client, as FindCoordinator says; agents behind one
/// shared address list all of them each; durations go by the metadata log's clock; the pattern is .NET's without what takes backtracking, which is
/// nearly RE2's.
/// </summary>
public sealed class ListTransactionsHandler(Cluster cluster) : IApiHandler<ListTransactionsRequest, ListTransactionsResponse>
{
    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<ListTransactionsResponse?> HandleAsync(ListTransactionsRequest request, RequestContext context)
    {
        LinearPattern? pattern = null;
        if (!string.IsNullOrEmpty(request.TransactionalIdPattern) && !LinearPattern.TryParse(request.TransactionalIdPattern, out pattern))
            return ToError(request, ErrorCode.InvalidRegularExpression);
        var unknown = request.StateFilters.FindAll(name => !TransactionNames.All.Contains(name));
        var found = await cluster.QueryAsync(state => Find(request, state), context.Aborted);
        if (found is null) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        var agents = cluster.AgentsFor(cluster.View, context);
        var leaving = cluster.LeavingBeside(cluster.View, agents);
        return new()
        {
            UnknownStateFilters = unknown,
            TransactionStates = [.. found.Where(each => (pattern is null || pattern.Matches(each.Id)) && CoordinatorRouting.Lists(agents, leaving, cluster.NodeId, each.Id, CoordinatorRouting.Transaction)).Select(ToState)], // beside the apply turn: the client chose the pattern
        };
    }

    public ListTransactionsResponse ToError(ListTransactionsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static List<TransactionInfo> Find(ListTransactionsRequest request, ClusterState state)
    {
        var openSinceMs = request.DurationFilter < 0 ? long.MaxValue : state.View.TimeMs - request.DurationFilter;
        return [.. state.Transactions.Where(each =>
            (request.StateFilters.Count == 0 || request.StateFilters.Contains(TransactionNames.Of(each.State)))
            && (request.ProducerIdFilters.Count == 0 || request.ProducerIdFilters.Contains(new ProducerId(each.ProducerId)))
            && (request.DurationFilter < 0 || (each.StartMs >= 0 && each.StartMs < openSinceMs)))];
    }

    private static ListTransactionsResponse.TransactionStateData ToState(TransactionInfo transaction) => new()
    {
        TransactionalId = new TransactionalId(transaction.Id),
        ProducerId = new ProducerId(transaction.ProducerId),
        TransactionState = TransactionNames.Of(transaction.State),
    };
}
