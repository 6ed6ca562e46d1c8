using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeQuorum v0–2.
/// Deviations: there is no quorum of brokers, the metadata log is Postgres' or the bucket's. The agents are listed as voters and
/// this one as the leader; the high watermark counts the entries that it has applied, what others have applied is not known (-1).
/// </summary>
public sealed class DescribeQuorumHandler(Cluster cluster) : IApiHandler<DescribeQuorumRequest, DescribeQuorumResponse>
{
    private const string MetadataTopic = "__cluster_metadata";

    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<DescribeQuorumResponse?> HandleAsync(DescribeQuorumRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var response = new DescribeQuorumResponse
        {
            Topics = [.. request.Topics.Select(topic => new DescribeQuorumResponse.TopicData
            {
                TopicName = topic.TopicName,
                Partitions = [.. topic.Partitions.Select(partition => Describe(topic.TopicName, partition.PartitionIndex))],
            })],
        };
        foreach (var agent in cluster.View.Agents.All)
            response.Nodes.Add(new() { NodeId = agent.NodeId, Listeners = [new() { Name = "PLAINTEXT", Host = agent.Host, Port = (ushort)agent.Port }] });
        return response;
    }

    public DescribeQuorumResponse ToError(DescribeQuorumRequest request, ErrorCode error) => new() { ErrorCode = error };

    private DescribeQuorumResponse.PartitionData Describe(TopicName topic, int partition)
    {
        var described = new DescribeQuorumResponse.PartitionData { PartitionIndex = partition, LeaderId = -1, LeaderEpoch = -1, HighWatermark = -1 };
        if (topic.Value != MetadataTopic || partition != 0)
        {
            described.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return described;
        }

        var view = cluster.View;
        (described.LeaderId, described.LeaderEpoch, described.HighWatermark) = (cluster.NodeId, 0, view.Version);
        foreach (var agent in view.Agents.All)
            described.CurrentVoters.Add(new() { ReplicaId = agent.NodeId, LogEndOffset = agent.NodeId == cluster.NodeId ? view.Version : -1 });
        return described;
    }
}
