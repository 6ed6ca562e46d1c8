using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;
using Asked = DisklessKafka.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
using PartitionResult = DisklessKafka.Protocol.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
using TopicResult = DisklessKafka.Protocol.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// AddPartitionsToTxn v0–5: one command a transaction.
/// Deviations: the batched form (v4 and later), which in Kafka only brokers use, is open to everybody; CONCURRENT_TRANSACTIONS
/// is never answered.
/// </summary>
public sealed class AddPartitionsToTxnHandler(Cluster cluster) : IApiHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    private const short FencedVersion = 2, BatchVersion = 4, AbortableVersion = 5;

    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<AddPartitionsToTxnResponse?> HandleAsync(AddPartitionsToTxnRequest request, RequestContext context)
    {
        if (context.ApiVersion < BatchVersion) return new() { ResultsByTopicV3AndBelow = await AnswerAsync(Single(request), context) };
        var answers = request.Transactions.ConvertAll(asked => AnswerAsync(asked, context).AsTask()); // all at once: they go out in one append
        var response = new AddPartitionsToTxnResponse();
        for (var i = 0; i < answers.Count; i++)
            response.ResultsByTransaction.Add(new() { TransactionalId = request.Transactions[i].TransactionalId, TopicResults = await answers[i] });
        return response;
    }

    public AddPartitionsToTxnResponse ToError(AddPartitionsToTxnRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        ResultsByTransaction = request.Transactions.ConvertAll(asked => new AddPartitionsToTxnResponse.AddPartitionsToTxnResult { TransactionalId = asked.TransactionalId, TopicResults = ToResults(asked, error) }),
        ResultsByTopicV3AndBelow = ToResults(Single(request), error),
    };

    private async ValueTask<List<TopicResult>> AnswerAsync(Asked asked, RequestContext context)
    {
        if (asked.TransactionalId.Value.Length == 0) return ToResults(asked, ErrorCode.InvalidRequest);
        if (!TryResolve(asked, out var targets))
        {
            await cluster.CatchUpAsync(context.Aborted); // created elsewhere a moment ago, perhaps
            if (!TryResolve(asked, out targets)) return Unknown(asked);
        }

        if (asked.VerifyOnly) return await VerifyAsync(asked, context);
        var command = new AddToTransaction { TransactionalId = asked.TransactionalId, ProducerId = asked.ProducerId, Epoch = asked.ProducerEpoch, Partitions = [.. targets] };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToResults(asked, TransactionErrors.Of(status));
        return outcome.Status == TransactionStatus.UnknownPartition
            ? Unknown(asked) // deleted while the command was under way
            : ToResults(asked, TransactionErrors.Of(outcome.Status, context.ApiVersion >= FencedVersion));
    }

    private bool TryResolve(Asked asked, out List<AddToTransaction.Target> targets)
    {
        targets = [];
        foreach (var topic in asked.Topics)
        {
            if (!cluster.View.Topics.TryFind(topic.Name, out var known)) return false;
            foreach (var partition in topic.Partitions)
            {
                if (known.Find(partition) is null) return false;
                targets.Add(new() { Topic = (uint)known.Ordinal, Partition = (uint)partition });
            }
        }

        return true;
    }

    /// <summary>One that is unknown keeps all others from being added.</summary>
    private List<TopicResult> Unknown(Asked asked)
    {
        var view = cluster.View;
        return ToResults(asked, (topic, partition) => view.Topics.TryFind(topic, out var known) && known.Find(partition) is not null
            ? ErrorCode.OperationNotAttempted
            : ErrorCode.UnknownTopicOrPartition);
    }

    /// <summary>Whether they are part of the open transaction, which brokers of Kafka ask before they append.</summary>
    private async ValueTask<List<TopicResult>> VerifyAsync(Asked asked, RequestContext context)
    {
        var results = await cluster.QueryAsync(state => Verify(asked, context.ApiVersion, state), context.Aborted);
        return results ?? ToResults(asked, ErrorCode.CoordinatorNotAvailable);
    }

    private static List<TopicResult> Verify(Asked asked, short version, ClusterState state)
    {
        if (state.FindTransaction(asked.TransactionalId) is not { } transaction || transaction.ProducerId != asked.ProducerId.Value)
            return ToResults(asked, ErrorCode.InvalidProducerIdMapping);
        if (transaction.Epoch != asked.ProducerEpoch) return ToResults(asked, ErrorCode.ProducerFenced);
        var open = transaction.State == TransactionState.Ongoing ? transaction.Partitions.ToHashSet() : [];
        return ToResults(asked, (name, partition) => state.View.Topics.TryFind(name, out var topic) && open.Contains(((uint)topic.Ordinal, (uint)partition))
            ? ErrorCode.None
            : version >= AbortableVersion ? ErrorCode.TransactionAbortable : ErrorCode.InvalidTxnState);
    }

    private static Asked Single(AddPartitionsToTxnRequest request) => new()
    {
        TransactionalId = request.V3AndBelowTransactionalId,
        ProducerId = request.V3AndBelowProducerId,
        ProducerEpoch = request.V3AndBelowProducerEpoch,
        Topics = request.V3AndBelowTopics,
    };

    private static List<TopicResult> ToResults(Asked asked, ErrorCode error) => ToResults(asked, (_, _) => error);

    private static List<TopicResult> ToResults(Asked asked, Func<TopicName, int, ErrorCode> errorOf) => asked.Topics.ConvertAll(topic => new TopicResult
    {
        Name = topic.Name,
        ResultsByPartition = topic.Partitions.ConvertAll(partition => new PartitionResult { PartitionIndex = partition, PartitionErrorCode = errorOf(topic.Name, partition) }),
    });
}
