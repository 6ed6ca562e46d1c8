using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>What members of a few groups may say, in any order, well and badly.</summary>
internal sealed class RandomGroupCommands(Random random)
{
    private int _members;

    public Command Join()
    {
        var isNew = random.Next(3) == 0;
        if (isNew) _members++;
        return Command.Of(new JoinGroup
        {
            Group = AnyGroup(), MemberId = isNew ? "m" + _members : AnyMember(), IsNew = isNew, IdRequired = random.Next(2) == 0,
            InstanceId = random.Next(4) == 0 ? "i" + random.Next(3) : null, ClientId = "c" + random.Next(3), ClientHost = "h",
            SessionTimeoutMs = 1_000 + random.Next(60_000), RebalanceTimeoutMs = 1_000 + random.Next(60_000),
            ProtocolType = random.Next(20) == 0 ? "connect" : "consumer", InitialDelayMs = random.Next(2) * 3_000, MaxSize = 12, KnowsSkip = random.Next(2) == 0,
            Protocols = [.. Enumerable.Range(0, random.Next(4)).Select(i => new JoinGroup.Protocol { Name = "p" + i, Metadata = [0, (byte)random.Next(3)] })],
        });
    }

    public Command Sync(ClusterState state)
    {
        var group = AnyGroup();
        var classic = state.View.Groups.TryFind(group, out var found) ? found.View.Classic : null;
        return Command.Of(new SyncGroup
        {
            Group = group, MemberId = random.Next(4) > 0 ? classic?.Leader ?? AnyMember() : AnyMember(),
            Generation = random.Next(5) > 0 ? classic?.Generation ?? 0 : random.Next(9),
            Assignments = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new SyncGroup.Assignment { MemberId = AnyMember(), Value = [(byte)random.Next(9)] })],
        });
    }

    public Command Leave() => Command.Of(new LeaveGroup
    {
        Group = AnyGroup(),
        Members = [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => new LeaveGroup.Member { MemberId = random.Next(4) == 0 ? "" : AnyMember(), InstanceId = random.Next(3) == 0 ? "i" + random.Next(3) : null })],
    });

    public Command Expire(ClusterState state)
    {
        var group = AnyGroup();
        var members = state.View.Groups.TryFind(group, out var found) ? found.View.Classic?.Members.Values.ToArray() : null;
        var member = members is { Length: > 0 } ? members[random.Next(members.Length)] : null;
        return Command.Of(new ExpireMember { Group = group, MemberId = member?.Id ?? AnyMember(), Home = random.Next(4) == 0 ? 3 : member?.Home ?? 1 });
    }

    public Command Move() => Command.Of(new MoveMember { Group = AnyGroup(), MemberId = AnyMember() });

    public Command Delete() => Command.Of(new DeleteGroup { Group = AnyGroup() });

    public Command Commit(ClusterState state)
    {
        var group = AnyGroup();
        var classic = state.View.Groups.TryFind(group, out var found) ? found.View.Classic : null;
        var isMember = random.Next(3) > 0 && classic is { Members.Count: > 0 };
        return Command.Of(new CommitOffsets
        {
            Group = group, MemberId = isMember ? classic!.Members.Keys.First() : "", Generation = isMember ? classic!.Generation : -1,
            Offsets = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new CommitOffsets.OffsetEntry
            {
                Topic = (uint)random.Next(8), Partition = (uint)random.Next(4), Offset = (ulong)random.Next(999), LeaderEpoch = -1, Metadata = random.Next(2) == 0 ? "" : "x",
            })],
        });
    }

    public Command DeleteOffsets() => Command.Of(new DeleteOffsets
    {
        Group = AnyGroup(), Partitions = [.. Enumerable.Range(0, 3).Select(_ => new DeleteOffsets.Target { Topic = (uint)random.Next(8), Partition = (uint)random.Next(4) })],
    });

    private GroupId AnyGroup() => new("g" + random.Next(5));

    private string AnyMember() => "m" + Math.Max(1, _members - random.Next(9));
}
