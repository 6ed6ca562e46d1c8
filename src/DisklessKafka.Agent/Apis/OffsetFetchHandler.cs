using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// OffsetFetch v1–10: what groups have committed, as of everything that any agent acknowledged before the request.
/// Deviations: any agent answers for any group.
/// </summary>
public sealed class OffsetFetchHandler(Cluster cluster) : IApiHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short ManyGroupsVersion = 8, MemberEpochVersion = 9, TopicIdVersion = 10;

    public ApiVersionRange Versions => new(1, 10);

    public async ValueTask<OffsetFetchResponse?> HandleAsync(OffsetFetchRequest request, RequestContext context)
    {
        var answer = await cluster.QueryAsync(state => Answer(request, context.ApiVersion, state), context.Aborted);
        return answer ?? ToError(request, ErrorCode.CoordinatorNotAvailable);
    }

    public OffsetFetchResponse ToError(OffsetFetchRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = error })],
    };

    private static OffsetFetchResponse Answer(OffsetFetchRequest request, short version, ClusterState state)
    {
        var offsets = new CommittedOffsets(state, request.RequireStable);
        if (version >= ManyGroupsVersion) return new() { Groups = [.. request.Groups.Select(group => Answer(group, version, offsets))] };
        var response = new OffsetFetchResponse();
        foreach (var (name, _, partitions) in offsets.Of(request.GroupId, request.Topics?.ConvertAll(topic => (topic.Name, TopicId.None, topic.PartitionIndexes))))
            response.Topics.Add(new()
            {
                Name = name,
                Partitions = [.. partitions.Select(each => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = each.Index, CommittedOffset = each.Committed.Offset, CommittedLeaderEpoch = each.Committed.LeaderEpoch, Metadata = each.Committed.Metadata, ErrorCode = each.Error,
                })],
            });
        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponseGroup Answer(OffsetFetchRequest.OffsetFetchRequestGroup asked, short version, CommittedOffsets offsets)
    {
        var group = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = asked.GroupId };
        if (version >= MemberEpochVersion && offsets.Refusal(asked) is var refusal and not ErrorCode.None)
        {
            group.ErrorCode = refusal;
            return group;
        }

        foreach (var (name, id, partitions) in offsets.Of(asked.GroupId, asked.Topics?.ConvertAll(topic => (topic.Name, topic.TopicId, topic.PartitionIndexes))))
        {
            var error = version >= TopicIdVersion && !offsets.IsKnown(id) ? ErrorCode.UnknownTopicId : ErrorCode.None;
            group.Topics.Add(new()
            {
                Name = name,
                TopicId = id,
                Partitions = [.. partitions.Select(each => new OffsetFetchResponse.OffsetFetchResponsePartitions
                {
                    PartitionIndex = each.Index, CommittedOffset = each.Committed.Offset, CommittedLeaderEpoch = each.Committed.LeaderEpoch, Metadata = each.Committed.Metadata,
                    ErrorCode = error != ErrorCode.None ? error : each.Error,
                })],
            });
        }

        return group;
    }

    /// <summary>Committed offsets by topic names and ids instead of ordinals. Lives for one turn.</summary>
    private sealed class CommittedOffsets(ClusterState state, bool requireStable)
    {
        private static readonly CommittedOffset None = new(-1, -1, "", 0);

        /// <summary>A member of a consumer group has to be in its epoch; who says that it is no member is told anyway.</summary>
        public ErrorCode Refusal(OffsetFetchRequest.OffsetFetchRequestGroup asked)
        {
            if (asked.MemberId is null or "" || asked.MemberEpoch < 0) return ErrorCode.None;
            if (!state.View.Groups.TryFind(asked.GroupId, out var group) || group.View.Consumer is not { Members.Count: > 0 } consumer) return ErrorCode.None;
            if (!consumer.Members.TryGetValue(asked.MemberId, out var member)) return ErrorCode.UnknownMemberId;
            return member.Epoch == asked.MemberEpoch ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
        }

        public bool IsKnown(TopicId id) => state.View.Topics.TryFind(id, out _);

        /// <param name="asked">Null for all that the group has committed.</param>
        public IEnumerable<(TopicName Name, TopicId Id, IEnumerable<(int Index, CommittedOffset Committed, ErrorCode Error)> Partitions)> Of(
            GroupId group, List<(TopicName Name, TopicId Id, List<int> Indexes)>? asked)
        {
            if (asked is null) return All(group);
            return asked.Select(topic =>
            {
                var found = topic.Id.IsNone ? state.View.Topics.TryFind(topic.Name, out var known) : state.View.Topics.TryFind(topic.Id, out known);
                return (topic.Name, topic.Id, topic.Indexes.Select(index => found ? At(group, known!.Ordinal, index, state.FindOffset(group, known.Ordinal, index)) : (index, None, ErrorCode.None)));
            });
        }

        /// <summary>Where an open transaction may be about to change it, and the client wants to know only what stays, it is told to ask again.</summary>
        private (int Index, CommittedOffset Committed, ErrorCode Error) At(GroupId group, int topic, int index, CommittedOffset? committed) =>
            requireStable && state.HasPendingOffset(group, topic, index) ? (index, None, ErrorCode.UnstableOffsetCommit) : (index, committed ?? None, ErrorCode.None);

        private IEnumerable<(TopicName Name, TopicId Id, IEnumerable<(int Index, CommittedOffset Committed, ErrorCode Error)> Partitions)> All(GroupId group)
        {
            var topics = new Dictionary<uint, Topic>();
            foreach (var topic in state.View.Topics.All) topics.Add((uint)topic.Ordinal, topic);
            return (state.FindOffsets(group) ?? []).GroupBy(each => each.Topic)
                .Select(of => (topics[of.Key].Name, topics[of.Key].Id, of.Select(each => At(group, (int)each.Topic, (int)each.Partition, each.Committed))));
        }
    }
}
