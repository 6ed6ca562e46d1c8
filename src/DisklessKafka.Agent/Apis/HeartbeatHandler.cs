using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// Heartbeat v0–4. Appends nothing and asks nothing: it notes the time and answers from the group's view.
/// Deviations: any agent answers for any group, NOT_COORDINATOR is never answered.
/// </summary>
public sealed class HeartbeatHandler(GroupMembers members) : IApiHandler<HeartbeatRequest, HeartbeatResponse>
{
    public ApiVersionRange Versions => new(0, 4);

    public async ValueTask<HeartbeatResponse?> HandleAsync(HeartbeatRequest request, RequestContext context)
    {
        var (error, group, clock) = await members.FindAsync(request.GroupId, request.MemberId, request.GroupInstanceId, request.GenerationId, context.Aborted);
        if (error != ErrorCode.None) return ToError(request, error);
        var view = group!.View;
        if (view.Consumer is { } consumer)
        {
            if (consumer.Members.TryGetValue(request.MemberId, out var member) && ClassicMembership.MustJoinAgain(consumer, member)) error = ErrorCode.RebalanceInProgress;
        }
        else if (view.Classic is { } classic)
        {
            if (classic.State == ClassicState.PreparingRebalance) error = ErrorCode.RebalanceInProgress;
            else if (classic.State == ClassicState.Stable) clock!.SyncedGeneration = request.GenerationId; // also where another agent gave it its assignment
        }

        return ToError(request, error);
    }

    public HeartbeatResponse ToError(HeartbeatRequest request, ErrorCode error) => new() { ErrorCode = error };
}
