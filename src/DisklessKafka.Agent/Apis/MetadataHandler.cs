using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// Metadata v0–13. A topic that is created by being asked for is in the same answer, where Kafka lets the client ask again.
/// Deviations: the leader is the agent that this client does best to talk to, there is no leader epoch (-1), replicas and
/// in-sync replicas are the leader alone (object storage replicates), and the controller is any live agent. What an agent led
/// that was lost a moment ago has no leader for a quarter of a second (LEADER_NOT_AVAILABLE), as in Kafka until the next is elected.
/// </summary>
public sealed class MetadataHandler(Cluster cluster, TopicCreation creation) : IApiHandler<MetadataRequest, MetadataResponse>
{
    private const int MaxCreationsPerRequest = 100; // a client that names a million unknown topics creates no million topics

    public ApiVersionRange Versions => new(0, 13);

    public async ValueTask<MetadataResponse?> HandleAsync(MetadataRequest request, RequestContext context)
    {
        if (IsMalformed(request, context.ApiVersion)) return ToError(request, ErrorCode.InvalidRequest);
        await cluster.CatchUpAsync(context.Aborted); // without the log, what this agent knows is still a good answer
        var isAll = request.Topics is null || (context.ApiVersion == 0 && request.Topics.Count == 0);
        if (!isAll && MayCreate(request, context.ApiVersion)) await CreateMissingAsync(request.Topics!, context);

        var view = cluster.View;
        var agents = cluster.AgentsFor(view, context);
        var leaders = cluster.LeadersFor(view, agents, context);
        var response = Describe(view, agents, cluster.LeavingBeside(view, agents));
        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        if (isAll)
            foreach (var topic in view.Topics.All) response.Topics.Add(Describe(topic, leaders, request.IncludeTopicAuthorizedOperations));
        else
            foreach (var asked in request.Topics!) response.Topics.Add(Answer(asked, view, leaders, request.IncludeTopicAuthorizedOperations));
        return response;
    }

    public MetadataResponse ToError(MetadataRequest request, ErrorCode error)
    {
        var response = new MetadataResponse { ErrorCode = error };
        foreach (var topic in request.Topics ?? [])
            response.Topics.Add(new() { ErrorCode = error, Name = topic.Name ?? new TopicName(""), TopicId = topic.TopicId });
        return response;
    }

    /// <summary>Versions 10 and 11 have the topic id in their schema, but look up by name only.</summary>
    private static bool IsMalformed(MetadataRequest request, short version) => request.Topics is { } topics && topics.Exists(topic =>
        (version < 12 && (topic.Name is null || topic.TopicId.Value != Guid.Empty)) || (topic.Name is null && topic.TopicId.Value == Guid.Empty));

    private bool MayCreate(MetadataRequest request, short version) => creation.IsAutomatic && (version < 4 || request.AllowAutoTopicCreation);

    private async ValueTask CreateMissingAsync(List<MetadataRequest.MetadataRequestTopic> asked, RequestContext context)
    {
        var known = cluster.View.Topics;
        List<TopicName> missing = [];
        foreach (var topic in asked)
            if (topic.Name is { } name && topic.TopicId.Value == Guid.Empty && TopicRules.IsValidName(name.Value) && !known.TryFind(name, out _) && missing.Count < MaxCreationsPerRequest)
                missing.Add(name);
        if (missing.Count > 0) await creation.CreateAsync(missing, context.Aborted);
    }

    private MetadataResponse Describe(ClusterView view, AgentInfo[] agents, AgentInfo[] leaving)
    {
        var response = new MetadataResponse { ClusterId = view.ClusterId, ControllerId = cluster.ControllerFor(agents) };
        foreach (var agent in (AgentInfo[])[.. agents, .. leaving])
            response.Brokers.Add(new() { NodeId = agent.NodeId, Host = agent.Host, Port = agent.Port, Rack = agent.Zone.Length == 0 ? null : agent.Zone });
        return response;
    }

    private static MetadataResponse.MetadataResponseTopic Answer(MetadataRequest.MetadataRequestTopic asked, ClusterView view, Leaders leaders, bool withOperations)
    {
        var byId = asked.TopicId.Value != Guid.Empty;
        Topic? topic;
        if (byId ? view.Topics.TryFind(asked.TopicId, out topic) : view.Topics.TryFind(asked.Name!.Value, out topic)) return Describe(topic, leaders, withOperations);
        var error = byId ? ErrorCode.UnknownTopicId : TopicRules.IsValidName(asked.Name!.Value.Value) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
        return new() { ErrorCode = error, Name = byId ? null : asked.Name, TopicId = asked.TopicId };
    }

    private static MetadataResponse.MetadataResponseTopic Describe(Topic topic, Leaders leaders, bool withOperations)
    {
        var described = new MetadataResponse.MetadataResponseTopic { Name = topic.Name, TopicId = topic.Id };
        if (withOperations) described.TopicAuthorizedOperations = AuthorizedOperations.OfTopic;
        foreach (var partition in topic.Partitions)
        {
            var leader = leaders.Of(topic.Ordinal, partition.Index);
            var isVacant = leaders.IsVacant(topic.Ordinal, partition.Index);
            described.Partitions.Add(new()
            {
                PartitionIndex = partition.Index, ErrorCode = isVacant ? ErrorCode.LeaderNotAvailable : ErrorCode.None, LeaderId = isVacant ? -1 : leader,
                LeaderEpoch = LeaderEpochs.None, ReplicaNodes = [leader], IsrNodes = [leader],
            });
        }

        return described;
    }
}
