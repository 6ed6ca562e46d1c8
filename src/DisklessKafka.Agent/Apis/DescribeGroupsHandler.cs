using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>DescribeGroups v0–6: state and members of classic groups. Deviations: any agent answers for any group.</summary>
public sealed class DescribeGroupsHandler(Cluster cluster) : IApiHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    private const short NotFoundVersion = 6;

    public ApiVersionRange Versions => new(0, 6);

    public async ValueTask<DescribeGroupsResponse?> HandleAsync(DescribeGroupsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        return new()
        {
            Groups = [.. request.Groups.Select(id => Describe(id, request.IncludeAuthorizedOperations, context.ApiVersion))],
        };
    }

    public DescribeGroupsResponse ToError(DescribeGroupsRequest request, ErrorCode error) =>
        new() { Groups = [.. request.Groups.Select(id => new DescribeGroupsResponse.DescribedGroup { GroupId = id, ErrorCode = error })] };

    private DescribeGroupsResponse.DescribedGroup Describe(GroupId id, bool withOperations, short version)
    {
        var described = new DescribeGroupsResponse.DescribedGroup { GroupId = id, GroupState = GroupNames.Dead };
        if (withOperations) described.AuthorizedOperations = AuthorizedOperations.OfGroup;
        var view = cluster.View.Groups.TryFind(id, out var group) ? group.View : GroupView.None;
        if (group is null || view.Consumer is not null)
        {
            if (version < NotFoundVersion) return described;
            described.ErrorCode = ErrorCode.GroupIdNotFound;
            described.ErrorMessage = group is null ? $"Group {id} not found." : $"Group {id} is not a classic group.";
            return described;
        }

        described.GroupState = GroupNames.StateOf(view);
        described.ProtocolType = view.Classic?.ProtocolType ?? "";
        if (view.Classic is not { } classic) return described;
        var isStable = classic.State == ClassicState.Stable;
        described.ProtocolData = isStable ? classic.Protocol ?? "" : "";
        foreach (var (_, member) in classic.Members)
            described.Members.Add(new()
            {
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                MemberMetadata = isStable ? member.MetadataFor(classic.Protocol).ToArray() : [],
                MemberAssignment = isStable ? member.Assignment.ToArray() : [],
            });
        return described;
    }
}
