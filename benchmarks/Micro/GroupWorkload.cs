using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Micro;

/// <summary>Groups as consumers make them: each with a member, its subscription, its assignment, and offsets without metadata.</summary>
public static class GroupWorkload
{
    public const string Topic = "committed";

    public static CreateTopics TopicOf(int partitions) => new()
    {
        Topics = [new() { Name = new TopicName(Topic), TopicId = new TopicId(new Guid(7, 0, 0, new byte[8])), Partitions = partitions }],
    };

    /// <summary>Joins, is assigned, and commits for each partition.</summary>
    public static Command[] CommandsOf(int number, int partitions)
    {
        var group = new GroupId($"a-group-of-consumers-{number}");
        var member = $"consumer-{number}-5e551011-0000-4000-8000-000000000001";
        return
        [
            Command.Of(new JoinGroup
            {
                Group = group, MemberId = member, IsNew = true, ClientId = $"consumer-{number}", ClientHost = "/10.0.0.1", SessionTimeoutMs = int.MaxValue, RebalanceTimeoutMs = 300_000,
                ProtocolType = "consumer", MaxSize = int.MaxValue, Protocols = [new() { Name = "range", Metadata = new byte[40] }],
            }),
            Command.Of(new SyncGroup { Group = group, MemberId = member, Generation = 1, Assignments = [new() { MemberId = member, Value = new byte[30 + 4 * partitions] }] }),
            Command.Of(new CommitOffsets
            {
                Group = group, MemberId = member, Generation = 1,
                Offsets = [.. Enumerable.Range(0, partitions).Select(partition => new CommitOffsets.OffsetEntry { Partition = (uint)partition, Offset = 1_000_000UL + (uint)number, LeaderEpoch = -1, Metadata = "" })],
            }),
        ];
    }

    public static InitTransactions TransactionalIdOf(int number) => new() { TransactionalId = new TransactionalId($"a-transactional-id-{number}"), TimeoutMs = 60_000 };
}
