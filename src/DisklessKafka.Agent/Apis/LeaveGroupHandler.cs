using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>LeaveGroup v0–5: one member, or many at once as an admin removes them. Deviations: any agent answers for any group.</summary>
public sealed class LeaveGroupHandler(Cluster cluster) : IApiHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const short ManyVersion = 3;

    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<LeaveGroupResponse?> HandleAsync(LeaveGroupRequest request, RequestContext context)
    {
        if (request.GroupId.Value.Length == 0) return ToError(request, ErrorCode.InvalidGroupId);
        var isMany = context.ApiVersion >= ManyVersion;
        var command = new LeaveGroup
        {
            Group = request.GroupId,
            Members = isMany
                ? [.. request.Members.Select(member => new LeaveGroup.Member { MemberId = member.MemberId, InstanceId = member.GroupInstanceId })]
                : [new() { MemberId = request.MemberId }],
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToError(request, GroupErrors.Of(status));
        if (!isMany) return ToError(request, GroupErrors.Of(outcome.Members[0]));
        return new()
        {
            Members = [.. request.Members.Select((member, index) => new LeaveGroupResponse.MemberResponse
            {
                MemberId = member.MemberId, GroupInstanceId = member.GroupInstanceId, ErrorCode = GroupErrors.Of(outcome.Members[index]),
            })],
        };
    }

    public LeaveGroupResponse ToError(LeaveGroupRequest request, ErrorCode error) => new() { ErrorCode = error };
}
