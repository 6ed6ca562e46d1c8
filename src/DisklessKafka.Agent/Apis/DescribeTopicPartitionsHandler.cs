using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeTopicPartitions v0: topics in name order, a page at a time.
/// Deviations: leader and replicas as in Metadata; no eligible leader replicas, as no agent lacks records.
/// </summary>
public sealed class DescribeTopicPartitionsHandler(Cluster cluster, BrokerSettings settings) : IApiHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    private readonly int _maxPartitions = settings.Int(BrokerConfigs.MaxRequestPartitions);

    public ApiVersionRange Versions => new(0, 0);

    public async ValueTask<DescribeTopicPartitionsResponse?> HandleAsync(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        if (request.Cursor is { PartitionIndex: < 0 }) return ToError(request, ErrorCode.InvalidRequest);
        await cluster.CatchUpAsync(context.Aborted); // without the log, what this agent knows is still a good answer
        var view = cluster.View;
        var agents = cluster.AgentsFor(view, context);
        var page = new Page(Math.Clamp(request.ResponsePartitionLimit, 1, _maxPartitions), agents);
        var isAll = request.Topics.Count == 0;
        IEnumerable<string> names = isAll ? view.Topics.All.ToArray().Select(topic => topic.Name.Value) : request.Topics.Select(topic => topic.Name.Value).Distinct();
        var start = request.Cursor?.TopicName.Value ?? "";
        foreach (var name in names.Where(name => string.CompareOrdinal(name, start) >= 0).Order(StringComparer.Ordinal))
        {
            var first = name == start ? request.Cursor?.PartitionIndex ?? 0 : 0;
            var fits = view.Topics.TryFind(new TopicName(name), out var topic) ? page.TryAdd(topic, first) : page.TryAddUnknown(name);
            if (!fits) break;
        }

        return page.Response;
    }

    public DescribeTopicPartitionsResponse ToError(DescribeTopicPartitionsRequest request, ErrorCode error)
    {
        var response = new DescribeTopicPartitionsResponse();
        foreach (var topic in request.Topics) response.Topics.Add(new() { Name = topic.Name, ErrorCode = error });
        return response;
    }

    /// <summary>Fills up to its limit and leaves a cursor where it had to stop.</summary>
    private sealed class Page(int room, AgentInfo[] agents)
    {
        private int _room = room;

        public DescribeTopicPartitionsResponse Response { get; } = new();

        /// <returns>False once the page is full.</returns>
        public bool TryAdd(Topic topic, int first)
        {
            if (_room == 0) return Stop(topic.Name, first);
            var described = new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
            {
                Name = topic.Name, TopicId = topic.Id, TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
            };
            Response.Topics.Add(described);
            var end = Math.Min(topic.Partitions.Length, first + (long)_room);
            for (var index = first; index < end; index++) described.Partitions.Add(Describe(topic, index));
            _room -= described.Partitions.Count;
            return end >= topic.Partitions.Length || Stop(topic.Name, (int)end);
        }

        public bool TryAddUnknown(string name)
        {
            if (_room == 0) return Stop(new TopicName(name), 0);
            var error = TopicRules.IsValidName(name) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
            Response.Topics.Add(new() { Name = new TopicName(name), ErrorCode = error });
            _room--;
            return true;
        }

        private bool Stop(TopicName name, int partition)
        {
            Response.NextCursor = new() { TopicName = name, PartitionIndex = partition };
            return false;
        }

        private DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition Describe(Topic topic, int index)
        {
            var leader = ClientRouting.LeaderOf(agents, topic.Ordinal, index);
            return new()
            {
                PartitionIndex = index, LeaderId = leader, LeaderEpoch = LeaderEpochs.None, ReplicaNodes = [leader], IsrNodes = [leader],
                EligibleLeaderReplicas = [], LastKnownElr = [],
            };
        }
    }
}
