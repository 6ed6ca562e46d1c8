using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ConsumerGroupDescribe v0–1: state, epochs, members and their targets. Deviations: any agent answers for any group; the
/// assignment epoch is always the group's, for targets are worked out together with the change that asks for them.
/// </summary>
public sealed class ConsumerGroupDescribeHandler(Cluster cluster) : IApiHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    private const sbyte ClassicMember = 0, ConsumerProtocolMember = 1;

    public ApiVersionRange Versions => new(0, 1);

    public async ValueTask<ConsumerGroupDescribeResponse?> HandleAsync(ConsumerGroupDescribeRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        return new() { Groups = [.. request.GroupIds.Select(id => Describe(id, request.IncludeAuthorizedOperations, cluster.View))] };
    }

    public ConsumerGroupDescribeResponse ToError(ConsumerGroupDescribeRequest request, ErrorCode error) =>
        new() { Groups = [.. request.GroupIds.Select(id => new ConsumerGroupDescribeResponse.DescribedGroup { GroupId = id, ErrorCode = error })] };

    private static ConsumerGroupDescribeResponse.DescribedGroup Describe(GroupId id, bool withOperations, ClusterView view)
    {
        var isThere = view.Groups.TryFind(id, out var found);
        if (!isThere || found!.View.Consumer is not { } group)
            return new() { GroupId = id, ErrorCode = ErrorCode.GroupIdNotFound, ErrorMessage = isThere ? $"Group {id} is not a consumer group." : $"Group {id} not found." };
        var described = new ConsumerGroupDescribeResponse.DescribedGroup
        {
            GroupId = id,
            GroupState = GroupNames.StateOf(group),
            GroupEpoch = group.Epoch,
            AssignmentEpoch = group.Epoch,
            AssignorName = group.Assignor,
            Members = [.. group.Members.Values.Select(member => Describe(member, view.Topics))],
        };
        if (withOperations) described.AuthorizedOperations = AuthorizedOperations.OfGroup;
        return described;
    }

    private static ConsumerGroupDescribeResponse.Member Describe(ConsumerMember member, TopicDirectory topics) => new()
    {
        MemberId = member.Id,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        MemberEpoch = member.Epoch,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SubscribedTopicNames = [.. member.Topics.Select(name => new TopicName(name))],
        SubscribedTopicRegex = member.Regex.Length == 0 ? null : member.Regex,
        Assignment = Describe(member.Assigned, topics),
        TargetAssignment = Describe(member.Target, topics),
        MemberType = member.Classic is null ? ConsumerProtocolMember : ClassicMember,
    };

    private static ConsumerGroupDescribeResponse.Assignment Describe(PartitionSet partitions, TopicDirectory topics)
    {
        var assignment = new ConsumerGroupDescribeResponse.Assignment();
        foreach (var (ordinal, indexes) in partitions.ByTopic())
            if (topics.TryFind(ordinal, out var topic))
                assignment.TopicPartitions.Add(new() { TopicId = topic.Id, TopicName = topic.Name, Partitions = indexes });
        return assignment;
    }
}
