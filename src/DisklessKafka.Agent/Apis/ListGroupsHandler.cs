using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ListGroups v0–5.
/// Deviations: an agent lists the groups that it coordinates for this client, as FindCoordinator says; agents behind one shared
/// address list all groups each.
/// </summary>
public sealed class ListGroupsHandler(Cluster cluster) : IApiHandler<ListGroupsRequest, ListGroupsResponse>
{
    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<ListGroupsResponse?> HandleAsync(ListGroupsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        var agents = cluster.AgentsFor(cluster.View, context);
        var leaving = cluster.LeavingBeside(cluster.View, agents);
        var response = new ListGroupsResponse();
        foreach (var group in cluster.View.Groups.All.OrderBy(group => group.Id))
        {
            var view = group.View;
            var (state, type) = (GroupNames.StateOf(view), GroupNames.TypeOf(view));
            if (ReferenceEquals(view, GroupView.None) || !Passes(request.StatesFilter, state) || !Passes(request.TypesFilter, type)) continue;
            if (!CoordinatorRouting.Lists(agents, leaving, cluster.NodeId, group.Id.Value, CoordinatorRouting.Group)) continue;
            response.Groups.Add(new() { GroupId = group.Id, ProtocolType = GroupNames.ProtocolTypeOf(view), GroupState = state, GroupType = type });
        }

        return response;
    }

    public ListGroupsResponse ToError(ListGroupsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static bool Passes(List<string> filter, string value) => filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
