using DisklessKafka.Metadata.State;
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
        var view = cluster.View;
        var response = Answer(request, IsMetadataLog(request) ? partition => Describe(partition, view) : Unknown);
        foreach (var agent in view.Agents.Brokers)
            response.Nodes.Add(new() { NodeId = agent.NodeId, Listeners = [new() { Name = "PLAINTEXT", Host = agent.Host, Port = (ushort)agent.Port }] });
        return response;
    }

    public DescribeQuorumResponse ToError(DescribeQuorumRequest request, ErrorCode error) => new() { ErrorCode = error };

    /// <summary>Partition 0 of the metadata log and nothing else, once: as in Kafka, whatever is asked beside it makes all of it unknown.</summary>
    private static bool IsMetadataLog(DescribeQuorumRequest request) =>
        request.Topics is [{ TopicName.Value: MetadataTopic, Partitions: [{ PartitionIndex: 0 }] }];

    private static DescribeQuorumResponse.PartitionData Unknown(int partition) => new()
    {
        PartitionIndex = partition, ErrorCode = ErrorCode.UnknownTopicOrPartition, LeaderId = -1, LeaderEpoch = -1, HighWatermark = -1,
    };

    private static DescribeQuorumResponse Answer(DescribeQuorumRequest request, Func<int, DescribeQuorumResponse.PartitionData> describe) => new()
    {
        Topics = [.. request.Topics.Select(topic => new DescribeQuorumResponse.TopicData
        {
            TopicName = topic.TopicName,
            Partitions = [.. topic.Partitions.Select(partition => describe(partition.PartitionIndex))],
        })],
    };

    private DescribeQuorumResponse.PartitionData Describe(int partition, ClusterView view)
    {
        var described = new DescribeQuorumResponse.PartitionData
        {
            PartitionIndex = partition, LeaderId = cluster.NodeId, LeaderEpoch = 0, HighWatermark = view.Version,
        };
        foreach (var agent in view.Agents.Brokers)
            described.CurrentVoters.Add(new() { ReplicaId = agent.NodeId, LogEndOffset = agent.NodeId == cluster.NodeId ? view.Version : -1 });
        return described;
    }
}
