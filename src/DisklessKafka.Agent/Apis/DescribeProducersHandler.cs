using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeProducers v0: the idempotent producers that the cluster state remembers for a partition.
/// Deviations: any agent answers for any partition; there are no coordinators, whose epoch is always 0 where a transaction has ended.
/// </summary>
public sealed class DescribeProducersHandler(Cluster cluster) : IApiHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    public ApiVersionRange Versions => new(0, 0);

    public async ValueTask<DescribeProducersResponse?> HandleAsync(DescribeProducersRequest request, RequestContext context)
    {
        var response = await cluster.QueryAsync(state => Describe(request, state), context.Aborted);
        return response ?? ToError(request, ErrorCode.RequestTimedOut);
    }

    public DescribeProducersResponse ToError(DescribeProducersRequest request, ErrorCode error) =>
        Answer(request, (_, index) => new() { PartitionIndex = index, ErrorCode = error });

    private static DescribeProducersResponse Describe(DescribeProducersRequest request, ClusterState state) => Answer(request, (name, index) =>
    {
        var described = new DescribeProducersResponse.PartitionResponse { PartitionIndex = index };
        if (!state.View.Topics.TryFind(name, out var topic) || topic.Find(index) is null)
        {
            described.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return described;
        }

        foreach (var producer in state.FindProducers(topic.Id, index) ?? [])
            described.ActiveProducers.Add(new()
            {
                ProducerId = new ProducerId(producer.ProducerId), ProducerEpoch = producer.Epoch, LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestampMs, CoordinatorEpoch = producer.CoordinatorEpoch, CurrentTxnStartOffset = producer.TransactionOffset,
            });
        return described;
    });

    private static DescribeProducersResponse Answer(DescribeProducersRequest request, Func<TopicName, int, DescribeProducersResponse.PartitionResponse> answer)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
            response.Topics.Add(new() { Name = topic.Name, Partitions = [.. topic.PartitionIndexes.Distinct().Select(index => answer(topic.Name, index))] });
        return response;
    }
}
