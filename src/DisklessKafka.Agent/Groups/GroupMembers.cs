using DisklessKafka.Agent.Apis;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Groups;

/// <summary>Members as requests find them: from the view, and from a fresh one before anything is held against a client.</summary>
public sealed class GroupMembers(Cluster cluster, MemberWatch watch)
{
    /// <summary>The group that has this member in this generation, and the member's clock here, its silence ended.</summary>
    /// <returns>An error only if it holds for what the log says now.</returns>
    internal async ValueTask<(ErrorCode Error, Group? Group, MemberClock? Clock)> FindAsync(
        GroupId id, string memberId, string? instanceId, int generation, CancellationToken aborted)
    {
        var found = Find(id, memberId, instanceId, generation);
        if (found.Error == ErrorCode.None) return found;
        return await cluster.CatchUpAsync(aborted) ? Find(id, memberId, instanceId, generation) : (ErrorCode.CoordinatorNotAvailable, null, null);
    }

    private (ErrorCode Error, Group? Group, MemberClock? Clock) Find(GroupId id, string memberId, string? instanceId, int generation)
    {
        if (id.Value.Length == 0) return (ErrorCode.InvalidGroupId, null, null);
        if (!cluster.View.Groups.TryFind(id, out var group)) return (ErrorCode.UnknownMemberId, null, null);
        var view = group.View;
        if (view.Consumer is { } consumer)
        {
            var error = Check(consumer, memberId, instanceId, generation, out var member);
            return error == ErrorCode.None ? (error, group, watch.Heard(id, memberId, member!.Home)) : (error, null, null);
        }

        if (view.Classic is not { } classic) return (ErrorCode.UnknownMemberId, null, null);
        if (GroupErrors.Of(classic.Identify(memberId, instanceId, out var known)) is var unknown and not ErrorCode.None) return (unknown, null, null);
        if (generation != classic.Generation) return (ErrorCode.IllegalGeneration, null, null);
        return (ErrorCode.None, group, watch.Heard(id, memberId, known!.Home));
    }

    private static ErrorCode Check(ConsumerGroup group, string memberId, string? instanceId, int generation, out ConsumerMember? member)
    {
        member = null;
        if (instanceId is not null && group.FindInstance(instanceId) is { } holder && holder.Id != memberId) return ErrorCode.FencedInstanceId;
        if (!group.Members.TryGetValue(memberId, out member) || member.Classic is null) return ErrorCode.UnknownMemberId;
        return generation == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }
}
