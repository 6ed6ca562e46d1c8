using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// AlterPartitionReassignments v0–1.
/// Deviations: no record lies on an agent, so a reassignment that could be made is done as soon as it is asked for and moves
/// nothing; there is never one in progress to cancel.
/// </summary>
public sealed class AlterPartitionReassignmentsHandler(Cluster cluster) : IApiHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public ApiVersionRange Versions => new(0, 1);

    public async ValueTask<AlterPartitionReassignmentsResponse?> HandleAsync(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var view = cluster.View;
        return Answer(request, (topic, asked) => Check(view, topic, asked, request.AllowReplicationFactorChange));
    }

    public AlterPartitionReassignmentsResponse ToError(AlterPartitionReassignmentsRequest request, ErrorCode error)
    {
        var response = Answer(request, (_, _) => (error, null));
        response.ErrorCode = error;
        return response;
    }

    private static (ErrorCode Error, string? Message) Check(
        ClusterView view, TopicName name, AlterPartitionReassignmentsRequest.ReassignablePartition asked, bool mayChangeFactor)
    {
        if (!view.Topics.TryFind(name, out var topic) || topic.Find(asked.PartitionIndex) is null)
            return (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
        if (asked.Replicas is not { } replicas) return (ErrorCode.NoReassignmentInProgress, "No partition reassignment is in progress.");
        if (replicas.Count == 0) return (ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.");
        if (replicas.Distinct().Count() != replicas.Count) return (ErrorCode.InvalidReplicaAssignment, "The manual partition assignment names a broker twice.");
        foreach (var replica in replicas)
            if (view.Agents.FindBroker(replica) is null)
                return (ErrorCode.InvalidReplicaAssignment, $"The manual partition assignment includes broker {replica}, but no such broker is registered.");
        return !mayChangeFactor && replicas.Count != topic.ReplicationFactor
            ? (ErrorCode.InvalidReplicationFactor, $"The replication factor is changed from {topic.ReplicationFactor} to {replicas.Count}")
            : (ErrorCode.None, null);
    }

    private static AlterPartitionReassignmentsResponse Answer(
        AlterPartitionReassignmentsRequest request,
        Func<TopicName, AlterPartitionReassignmentsRequest.ReassignablePartition, (ErrorCode Error, string? Message)> answer)
    {
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        foreach (var topic in request.Topics)
        {
            var answered = new AlterPartitionReassignmentsResponse.ReassignableTopicResponse { Name = topic.Name };
            foreach (var partition in topic.Partitions)
            {
                var (error, message) = answer(topic.Name, partition);
                answered.Partitions.Add(new() { PartitionIndex = partition.PartitionIndex, ErrorCode = error, ErrorMessage = message });
            }

            response.Responses.Add(answered);
        }

        return response;
    }
}
