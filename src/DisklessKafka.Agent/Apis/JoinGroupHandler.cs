using DisklessKafka.Agent.Configs;
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
/// JoinGroup v0–9. The state decides; the answer to a member that has to wait is read from the group once its next
/// generation is there, at whichever agent it asked.
/// Deviations: any agent answers for any group; more than a megabyte of metadata or a thousand protocols are INVALID_REQUEST; members of old clients (before v4) that never come back leave with their session time-out.
/// </summary>
public sealed class JoinGroupHandler(Cluster cluster, GroupWaiters waiters, MemberWatch watch, MemberIds ids, LiveSettings settings, TimeProvider time)
    : IApiHandler<JoinGroupRequest, JoinGroupResponse>
{
    private const short IdRequiredVersion = 4, SkipVersion = 9;

    /// <summary>The state ends every rebalance by the log's clock; this is for a log that stands still.</summary>
    private static readonly TimeSpan ExtraPatience = TimeSpan.FromSeconds(10);

    public ApiVersionRange Versions => new(0, 9);

    public async ValueTask<JoinGroupResponse?> HandleAsync(JoinGroupRequest request, RequestContext context)
    {
        if (Refusal(request) is var refusal and not ErrorCode.None) return ToError(request, refusal);
        var command = CommandOf(request, context);
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToError(request, GroupErrors.Of(status));
        if (outcome.Status == JoinGroupStatus.Waiting) return await WaitAsync(request, command, context);
        if (outcome.Member is { } member) return ToJoined(member, request.GroupId);
        return outcome.Group is { } group
            ? ToJoined(group, outcome.MemberId, outcome.Leader, outcome.SkipsAssignment)
            : ToError(request, GroupErrors.Of(outcome.Status), outcome.MemberId);
    }

    public JoinGroupResponse ToError(JoinGroupRequest request, ErrorCode error) => ToError(request, error, request.MemberId);

    private static JoinGroupResponse ToError(JoinGroupRequest request, ErrorCode error, string memberId) =>
        new() { ErrorCode = error, MemberId = memberId, ProtocolName = "", ProtocolType = request.ProtocolType };

    private ErrorCode Refusal(JoinGroupRequest request)
    {
        if (request.GroupId.Value.Length == 0) return ErrorCode.InvalidGroupId;
        if (!GroupLimits.Allows(request)) return ErrorCode.InvalidRequest;
        var current = settings.Current;
        return request.SessionTimeoutMs < current.Int(BrokerConfigs.GroupMinSessionTimeoutMs) || request.SessionTimeoutMs > current.Int(BrokerConfigs.GroupMaxSessionTimeoutMs)
            ? ErrorCode.InvalidSessionTimeout
            : ErrorCode.None;
    }

    private JoinGroup CommandOf(JoinGroupRequest request, RequestContext context)
    {
        var isNew = request.MemberId.Length == 0;
        return new JoinGroup
        {
            Group = request.GroupId,
            MemberId = isNew ? ids.Next(request.GroupInstanceId ?? context.ClientId) : request.MemberId,
            IsNew = isNew,
            IdRequired = context.ApiVersion >= IdRequiredVersion,
            InstanceId = request.GroupInstanceId,
            ClientId = context.ClientId,
            ClientHost = $"/{context.Connection.RemoteEndPoint?.Address}",
            SessionTimeoutMs = request.SessionTimeoutMs,
            RebalanceTimeoutMs = request.RebalanceTimeoutMs > 0 ? request.RebalanceTimeoutMs : request.SessionTimeoutMs,
            ProtocolType = request.ProtocolType,
            Protocols = [.. request.Protocols.Select(protocol => new JoinGroup.Protocol { Name = protocol.Name, Metadata = protocol.Metadata })],
            InitialDelayMs = settings.Current.Int(BrokerConfigs.GroupInitialRebalanceDelayMs),
            MaxSize = settings.Current.Int(BrokerConfigs.GroupMaxSize),
            KnowsSkip = context.ApiVersion >= SkipVersion,
        };
    }

    private async ValueTask<JoinGroupResponse> WaitAsync(JoinGroupRequest request, JoinGroup command, RequestContext context)
    {
        if (!cluster.View.Groups.TryFind(request.GroupId, out var group)) return ToError(request, ErrorCode.UnknownMemberId, command.MemberId);
        var patience = TimeSpan.FromMilliseconds(command.RebalanceTimeoutMs) + TimeSpan.FromMilliseconds(command.InitialDelayMs) + ExtraPatience;
        using var watching = cluster.Watch(); // what ends the wait may be appended by another agent
        using var wait = new GroupWait(waiters, group, patience, time, context.Aborted);
        var view = await wait.UntilAsync(now => !IsWaiting(now, command.MemberId));
        if (view is null) return ToError(request, ErrorCode.RebalanceInProgress, command.MemberId);
        if (view.Consumer is not null) return ToError(request, ErrorCode.RebalanceInProgress, command.MemberId); // it has become one: join again
        var identity = view.Classic?.Identify(command.MemberId, command.InstanceId) ?? MemberIdentity.Unknown;
        if (identity != MemberIdentity.Known) return ToError(request, GroupErrors.Of(identity), command.MemberId);
        watch.Heard(request.GroupId, command.MemberId, view.Classic!.Members[command.MemberId].Home);
        return ToJoined(view.Classic, command.MemberId, view.Classic.Leader ?? "", skipsAssignment: false);
    }

    /// <summary>In a consumer group nobody leads.</summary>
    private JoinGroupResponse ToJoined(ConsumerMember member, GroupId group)
    {
        watch.Heard(group, member.Id, member.Home);
        return new() { GenerationId = member.Epoch, ProtocolType = ClassicMembership.ProtocolType, ProtocolName = member.Classic!.Protocols[0].Name, Leader = "", MemberId = member.Id };
    }

    private static bool IsWaiting(GroupView view, string memberId) =>
        view.Classic is { } group && group.Members.TryGetValue(memberId, out var member) && member.IsJoining;

    private static JoinGroupResponse ToJoined(ClassicGroup group, string memberId, string leader, bool skipsAssignment)
    {
        var response = new JoinGroupResponse
        {
            GenerationId = group.Generation, ProtocolType = group.ProtocolType, ProtocolName = group.Protocol ?? "", Leader = leader,
            SkipAssignment = skipsAssignment, MemberId = memberId,
        };
        if (leader == memberId)
            foreach (var (id, member) in group.Members)
                response.Members.Add(new() { MemberId = id, GroupInstanceId = member.InstanceId, Metadata = member.MetadataFor(group.Protocol).ToArray() });
        return response;
    }
}
