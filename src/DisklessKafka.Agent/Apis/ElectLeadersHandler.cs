using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ElectLeaders v0–2.
/// Deviations: any agent serves any partition, so an election is never needed: ELECTION_NOT_NEEDED for every partition there is, and
/// an empty answer where all are asked for.
/// </summary>
public sealed class ElectLeadersHandler(Cluster cluster) : IApiHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    private const sbyte Preferred = 0, Unclean = 1;

    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<ElectLeadersResponse?> HandleAsync(ElectLeadersRequest request, RequestContext context)
    {
        if (request.ElectionType is not (Preferred or Unclean)) return ToError(request, ErrorCode.InvalidRequest);
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        return Answer(request, (topic, partition) => cluster.View.Topics.TryFind(topic, out var found) && found.Find(partition) is not null
            ? (ErrorCode.ElectionNotNeeded, "Leader election not needed for topic partition.")
            : (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition."));
    }

    public ElectLeadersResponse ToError(ElectLeadersRequest request, ErrorCode error)
    {
        var response = Answer(request, (_, _) => (error, null));
        response.ErrorCode = error;
        return response;
    }

    private static ElectLeadersResponse Answer(ElectLeadersRequest request, Func<TopicName, int, (ErrorCode Error, string? Message)> answer)
    {
        var response = new ElectLeadersResponse();
        foreach (var topic in request.TopicPartitions ?? [])
        {
            var result = new ElectLeadersResponse.ReplicaElectionResult { Topic = topic.Topic };
            foreach (var partition in topic.Partitions)
            {
                var (error, message) = answer(topic.Topic, partition);
                result.PartitionResult.Add(new() { PartitionId = partition, ErrorCode = error, ErrorMessage = message });
            }

            response.ReplicaElectionResults.Add(result);
        }

        return response;
    }
}
