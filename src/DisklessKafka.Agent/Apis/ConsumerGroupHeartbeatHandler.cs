using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ConsumerGroupHeartbeat v0–1 (KIP-848). The state is asked first what the heartbeat would change, as this agent sees the
/// group: nearly always nothing, then it is answered without the log. An error, or an assignment, is told only of what the log says now.
/// Deviations: any agent answers for any group; a group that is not there answers UNKNOWN_MEMBER_ID, so that the member joins again; expressions are .NET's without backtracking.
/// </summary>
public sealed class ConsumerGroupHeartbeatHandler(Cluster cluster, MemberWatch watch, MemberIds ids, TopicPatterns patterns, LiveSettings settings)
    : IApiHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    public ApiVersionRange Versions => new(0, 1);

    public async ValueTask<ConsumerGroupHeartbeatResponse?> HandleAsync(ConsumerGroupHeartbeatRequest request, RequestContext context)
    {
        if (ConsumerRequests.Check(request, context.ApiVersion) is var (flaw, text) && flaw != ErrorCode.None) return ToError(flaw, text);
        if (request.MemberId.Length == 0) request.MemberId = ids.Next(context.ClientId);
        // What a member holds is not to be taken for gone, and what it is given may be somebody else's by now.
        if ((Misses(request) || TellsAssignment(request)) && !await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        var verdict = Look(request, context, out var command);
        if (verdict.Status != ConsumerHeartbeatStatus.Done)
        {
            if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
            verdict = Look(request, context, out command);
            if (verdict.Status is not (ConsumerHeartbeatStatus.Done or ConsumerHeartbeatStatus.OtherKind)) return ToError(verdict.Status, request);
        }

        if (verdict.IsQuiet) return Answer(request, verdict.Before, verdict.After);
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        if (outcome is null) return ToError(request, GroupErrors.Of(status));
        return outcome.Status == ConsumerHeartbeatStatus.Done ? Answer(request, outcome.Before, outcome.Member) : ToError(outcome.Status, request);
    }

    public ConsumerGroupHeartbeatResponse ToError(ConsumerGroupHeartbeatRequest request, ErrorCode error) => ToError(error, null);

    private static ConsumerGroupHeartbeatResponse ToError(ConsumerHeartbeatStatus status, ConsumerGroupHeartbeatRequest request)
    {
        var (error, message) = GroupErrors.Of(status, request.GroupId);
        return ToError(error, message);
    }

    private static ConsumerGroupHeartbeatResponse ToError(ErrorCode error, string? message) => new() { ErrorCode = error, ErrorMessage = message };

    /// <summary>What the heartbeat comes to, as this agent sees the group. Whether a group of another kind can change, only the state can tell.</summary>
    private HeartbeatVerdict Look(ConsumerGroupHeartbeatRequest request, RequestContext context, out ConsumerHeartbeat command)
    {
        var view = cluster.View;
        var found = view.Groups.TryFind(request.GroupId, out var known) ? known.View : null;
        var group = found?.Consumer ?? ConsumerGroup.New;
        command = ToCommand(request, context, group, view);
        if (found?.Classic is { Members.Count: > 0 }) return new(ConsumerHeartbeatStatus.OtherKind, null, null, Renews: false);
        var before = group.Members.GetValueOrDefault(request.MemberId);
        return ConsumerHeartbeats.Judge(group, command, before?.Home ?? cluster.SessionOrdinal, view.TimeMs);
    }

    private ConsumerHeartbeat ToCommand(ConsumerGroupHeartbeatRequest request, RequestContext context, ConsumerGroup group, ClusterView view)
    {
        var command = new ConsumerHeartbeat
        {
            Group = request.GroupId,
            MemberId = request.MemberId,
            MemberEpoch = request.MemberEpoch,
            InstanceId = request.InstanceId,
            RackId = request.RackId,
            ClientId = context.ClientId,
            ClientHost = $"/{context.Connection.RemoteEndPoint?.Address}",
            RebalanceTimeoutMs = request.RebalanceTimeoutMs,
            Topics = request.SubscribedTopicNames is null ? null : [.. request.SubscribedTopicNames.Select(name => name.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Regex = request.SubscribedTopicRegex,
            Assignor = request.ServerAssignor,
            Owned = request.TopicPartitions is null ? null : [.. request.TopicPartitions.SelectMany(held => Held(held, view.Topics))],
            MaxSize = settings.Current.Int(BrokerConfigs.GroupConsumerMaxSize),
        };
        var expression = request.SubscribedTopicRegex ?? group.Members.GetValueOrDefault(request.MemberId)?.Regex ?? "";
        if (expression.Length == 0) return command;
        var matches = patterns.Find(expression, view.Topics);
        if (group.FindRegex(expression) is { } known && known.Topics.SequenceEqual(matches, StringComparer.Ordinal)) return command; // the group knows
        (command.RegexTopics, command.RegexVersion) = ([.. matches], view.Version);
        return command;
    }

    /// <summary>Its answer does, whether or not it changed.</summary>
    private static bool TellsAssignment(ConsumerGroupHeartbeatRequest request) => request.MemberEpoch == ConsumerMember.JoinEpoch || ConsumerRequests.IsFull(request);

    private bool Misses(ConsumerGroupHeartbeatRequest request) =>
        request.TopicPartitions is { } held && held.Exists(each => !cluster.View.Topics.TryFind(each.TopicId, out _));

    private static IEnumerable<ConsumerHeartbeat.Held> Held(ConsumerGroupHeartbeatRequest.TopicPartitionsData held, TopicDirectory topics) =>
        topics.TryFind(held.TopicId, out var topic) ? held.Partitions.Select(partition => new ConsumerHeartbeat.Held { Topic = (uint)topic.Ordinal, Partition = (uint)partition }) : [];

    private ConsumerGroupHeartbeatResponse Answer(ConsumerGroupHeartbeatRequest request, ConsumerMember? before, ConsumerMember? after)
    {
        if (request.MemberEpoch < 0) return new() { MemberId = request.MemberId, MemberEpoch = request.MemberEpoch };
        watch.Heard(request.GroupId, after!.Id, after.Home);
        var isNews = TellsAssignment(request) || !after.Assigned.Equals(before?.Assigned);
        return new()
        {
            MemberId = after.Id,
            MemberEpoch = after.Epoch,
            HeartbeatIntervalMs = GroupConfigs.Value(GroupConfigs.HeartbeatIntervalMs, ConfigResources.OfGroup(request.GroupId.Value, cluster.View), settings.Current),
            Assignment = isNews ? new() { TopicPartitions = [.. AssignedTo(after, cluster.View.Topics)] } : null,
        };
    }

    private static IEnumerable<ConsumerGroupHeartbeatResponse.TopicPartitions> AssignedTo(ConsumerMember member, TopicDirectory topics) =>
        member.Assigned.ByTopic().SelectMany(each => topics.TryFind(each.Topic, out var topic)
            ? [new ConsumerGroupHeartbeatResponse.TopicPartitions { TopicId = topic.Id, Partitions = each.Partitions }]
            : Enumerable.Empty<ConsumerGroupHeartbeatResponse.TopicPartitions>());
}
