using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>One consumer group on a state, and members that speak to it as clients do.</summary>
internal sealed class ConsumerGroupDriver
{
    public const int RebalanceMs = 60_000;
    public static readonly GroupId G = new("g");

    public ConsumerGroupDriver(StateDriver? driver = null)
    {
        Driver = driver ?? new StateDriver();
        Driver.Register(StateDriver.Alice, timeoutMs: int.MaxValue);
    }

    public StateDriver Driver { get; set; }

    public ConsumerGroup Group => Driver.State.View.Groups.TryFind(G, out var group) ? group.View.Consumer! : throw new InvalidOperationException("there is no group");

    public ConsumerMember this[string id] => Group.Members[id];

    public ConsumerHeartbeatOutcome Join(
        string id, string[]? topics = null, string? instance = null, string? assignor = null, string? regex = null, string[]? matches = null, int maxSize = int.MaxValue) => Driver.Apply(
        StateDriver.Alice,
        Command.Of(new ConsumerHeartbeat
        {
            Group = G, MemberId = id, MemberEpoch = 0, InstanceId = instance, ClientId = "c", ClientHost = "h", RebalanceTimeoutMs = RebalanceMs, Topics = [.. topics ?? []],
            Owned = [], Assignor = assignor, Regex = regex, RegexTopics = matches is null ? null : [.. matches], RegexVersion = Driver.State.View.Version, MaxSize = maxSize,
        }));

    /// <param name="owned">What the member says that it holds; null if it does not say.</param>
    public ConsumerHeartbeatOutcome Beat(string id, int epoch, PartitionSet? owned = null, string? instance = null, string[]? topics = null) => Driver.Apply(
        StateDriver.Alice,
        Command.Of(new ConsumerHeartbeat
        {
            Group = G, MemberId = id, MemberEpoch = epoch, InstanceId = instance, ClientId = "c", ClientHost = "h", Owned = ToHeld(owned), Topics = topics is null ? null : [.. topics], MaxSize = int.MaxValue,
        }));

    /// <summary>A heartbeat of a member that has done all it was told to.</summary>
    public ConsumerHeartbeatOutcome Obey(string id) => Beat(id, this[id].Epoch, this[id].Assigned);

    /// <summary>Heartbeats of all until nobody has a step to take.</summary>
    public void Settle()
    {
        for (var round = 0; round < 10; round++)
            foreach (var id in Group.Members.Keys)
                Obey(id);
    }

    public static PartitionSet Set(params (int Topic, int Partition)[] partitions) => PartitionSet.Of(partitions);

    public static ConsumerHeartbeat.Held[]? ToHeld(PartitionSet? owned) =>
        owned is null ? null : [.. owned.ByTopic().SelectMany(each => each.Partitions.Select(partition => new ConsumerHeartbeat.Held { Topic = (uint)each.Topic, Partition = (uint)partition }))];
}
