using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>DeleteGroups v0–2: groups without members, and all they have committed. Deviations: any agent answers for any group.</summary>
public sealed class DeleteGroupsHandler(Cluster cluster) : IApiHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<DeleteGroupsResponse?> HandleAsync(DeleteGroupsRequest request, RequestContext context)
    {
        GroupId[] groups = [.. request.GroupsNames.Distinct()];
        var results = new Task<Metadata.Replication.AppendResult<DeleteGroupOutcome>>[groups.Length]; // all in one append
        for (var i = 0; i < groups.Length; i++) results[i] = cluster.AppendAsync(Command.Of(new DeleteGroup { Group = groups[i] }), context.Aborted).AsTask();
        var response = new DeleteGroupsResponse();
        for (var i = 0; i < groups.Length; i++)
        {
            var (status, outcome) = await results[i];
            var error = groups[i].Value.Length == 0 ? ErrorCode.InvalidGroupId : outcome is null ? GroupErrors.Of(status) : GroupErrors.Of(outcome.Status);
            response.Results.Add(new() { GroupId = groups[i], ErrorCode = error });
        }

        return response;
    }

    public DeleteGroupsResponse ToError(DeleteGroupsRequest request, ErrorCode error) =>
        new() { Results = [.. request.GroupsNames.Distinct().Select(group => new DeleteGroupsResponse.DeletableGroupResult { GroupId = group, ErrorCode = error })] };
}
