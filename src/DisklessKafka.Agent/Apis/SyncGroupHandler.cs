using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// SyncGroup v0–5. Only the leader's assignment is a command; the others wait for it at whichever agent they asked, and are
/// answered from the group's view.
/// Deviations: any agent answers for any group; assignments of more than eight megabytes together are INVALID_REQUEST.
/// </summary>
public sealed class SyncGroupHandler(Cluster cluster, GroupMembers members, GroupWaiters waiters, TimeProvider time) : IApiHandler<SyncGroupRequest, SyncGroupResponse>
{
    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<SyncGroupResponse?> HandleAsync(SyncGroupRequest request, RequestContext context)
    {
        if (!GroupLimits.Allows(request)) return ToError(request, ErrorCode.InvalidRequest);
        var (error, group, clock) = await members.FindAsync(request.GroupId, request.MemberId, request.GroupInstanceId, request.GenerationId, context.Aborted);
        if (error != ErrorCode.None) return ToError(request, error);
        var found = group!.View;
        if (found.Consumer is { } consumer) return InConsumerGroup(request, consumer);
        if (found.Classic is not { } classic) return ToError(request, ErrorCode.UnknownMemberId); // deleted a moment ago
        if (Differs(request.ProtocolType, classic.ProtocolType) || Differs(request.ProtocolName, classic.Protocol)) return ToError(request, ErrorCode.InconsistentGroupProtocol);
        clock!.BeginSync();
        try
        {
            if (classic.State == ClassicState.CompletingRebalance && classic.Leader == request.MemberId)
            {
                var (status, outcome) = await cluster.AppendAsync(Command.Of(CommandOf(request)), context.Aborted);
                error = outcome is null ? GroupErrors.Of(status) : GroupErrors.Of(outcome.Status);
                if (error != ErrorCode.None) return ToError(request, error);
            }

            return await AssignmentAsync(request, group, clock, classic.Members.GetValueOrDefault(request.MemberId)?.RebalanceTimeoutMs ?? 0, context.Aborted);
        }
        finally
        {
            clock.EndSync(time.GetTimestamp());
        }
    }

    public SyncGroupResponse ToError(SyncGroupRequest request, ErrorCode error) => new() { ErrorCode = error, Assignment = [] };

    /// <summary>Waits until the group of this generation is stable, or is not this generation's any more.</summary>
    private async ValueTask<SyncGroupResponse> AssignmentAsync(SyncGroupRequest request, Group group, MemberClock clock, int patienceMs, CancellationToken aborted)
    {
        using var watch = cluster.Watch(); // what ends the wait may be appended by another agent
        using var wait = new GroupWait(waiters, group, TimeSpan.FromMilliseconds(patienceMs), time, aborted);
        var view = await wait.UntilAsync(now => !IsWaiting(now, request));
        if (view is null) return ToError(request, ErrorCode.RebalanceInProgress);
        if (view.Consumer is not null) return ToError(request, ErrorCode.RebalanceInProgress); // it has become one: join again
        if (view.Classic is not { } classic || !classic.Members.TryGetValue(request.MemberId, out var member)) return ToError(request, ErrorCode.UnknownMemberId);
        if (classic.State != ClassicState.Stable || classic.Generation != request.GenerationId) return ToError(request, ErrorCode.RebalanceInProgress);
        clock.SyncedGeneration = request.GenerationId;
        return new() { ProtocolType = classic.ProtocolType, ProtocolName = classic.Protocol, Assignment = member.Assignment.ToArray() };
    }

    /// <summary>There the state has assigned, and the answer to the join was the last word.</summary>
    private SyncGroupResponse InConsumerGroup(SyncGroupRequest request, ConsumerGroup group)
    {
        if (!group.Members.TryGetValue(request.MemberId, out var member) || member.Classic is not { } traits) return ToError(request, ErrorCode.UnknownMemberId);
        var protocol = traits.Protocols[0].Name;
        if (Differs(request.ProtocolType, ClassicMembership.ProtocolType) || Differs(request.ProtocolName, protocol)) return ToError(request, ErrorCode.InconsistentGroupProtocol);
        if (ClassicMembership.IsBehind(group, member)) return ToError(request, ErrorCode.RebalanceInProgress);
        var topics = cluster.View.Topics;
        return new()
        {
            ProtocolType = ClassicMembership.ProtocolType,
            ProtocolName = protocol,
            Assignment = ConsumerData.WriteAssignment(member.Assigned, traits, ordinal => topics.TryFind(ordinal, out var topic) ? topic.Name : null),
        };
    }

    private static bool IsWaiting(GroupView view, SyncGroupRequest request) =>
        view.Classic is { State: ClassicState.CompletingRebalance } classic && classic.Generation == request.GenerationId && classic.Members.ContainsKey(request.MemberId);

    private static bool Differs(string? said, string? known) => said is not null && said != known;

    private static SyncGroup CommandOf(SyncGroupRequest request) => new()
    {
        Group = request.GroupId,
        MemberId = request.MemberId,
        Generation = request.GenerationId,
        Assignments = [.. request.Assignments.Select(assignment => new SyncGroup.Assignment { MemberId = assignment.MemberId, Value = assignment.Assignment })],
    };
}
