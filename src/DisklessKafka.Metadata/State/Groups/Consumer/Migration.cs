using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Metadata.State.Groups.Classic;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Which ways groups with members may go, as the broker setting group.consumer.migration.policy says.</summary>
internal enum MigrationPolicy
{
    Disabled,
    Upgrade,
    Downgrade,
    Bidirectional,
}

/// <summary>Groups of one kind as the other, with their members.</summary>
internal static class Migration
{
    public static MigrationPolicy Parse(string? setting) => Enum.TryParse<MigrationPolicy>(setting, ignoreCase: true, out var policy) ? policy : MigrationPolicy.Bidirectional;

    /// <summary>False if the policy or what its members say does not allow it.</summary>
    public static bool TryUpgrade(ClassicGroup classic, MigrationPolicy policy, TopicTable topics, [MaybeNullWhen(false)] out ConsumerGroup upgraded)
    {
        upgraded = ConsumerGroup.New with { Epoch = classic.Generation };
        if (classic.Members.Count == 0) return true;
        if (policy is not (MigrationPolicy.Upgrade or MigrationPolicy.Bidirectional) || classic.ProtocolType != ClassicMembership.ProtocolType) return false;
        foreach (var (_, member) in classic.Members)
        {
            if (ToConsumer(classic, member, topics) is not { } same) return false;
            upgraded = upgraded.With(same);
        }

        return true;
    }

    /// <summary>Whether the last member that speaks the consumer protocol is gone and others are left.</summary>
    public static bool IsDowngrade(ConsumerGroup before, ConsumerGroup after, MigrationPolicy policy) =>
        policy is MigrationPolicy.Downgrade or MigrationPolicy.Bidirectional && after.Members.Count > 0 && IsClassic(after) && !IsClassic(before);

    /// <summary>The members join again, and one of them assigns.</summary>
    public static ClassicGroup Downgrade(ConsumerGroup group, TopicTable topics, long nowMs)
    {
        var classic = ClassicGroup.New with { State = ClassicState.Stable, Generation = group.Epoch, ProtocolType = ClassicMembership.ProtocolType };
        foreach (var (_, member) in group.Members) classic = classic.With(ToClassic(member, topics));
        classic = classic with { Protocol = ClassicRebalance.ChooseProtocol(classic), Leader = classic.Members.Keys.First() };
        return ClassicRebalance.Begin(classic, nowMs, initialDelayMs: 0);
    }

    private static bool IsClassic(ConsumerGroup group) => group.Members.Values.All(member => member.Classic is not null);

    private static ConsumerMember? ToConsumer(ClassicGroup group, ClassicMember member, TopicTable topics)
    {
        var metadata = group.Protocol is null ? member.Protocols[0].Metadata : member.MetadataFor(group.Protocol);
        if (ConsumerData.ReadSubscription(metadata) is not { } subscription) return null;
        var assigned = ConsumerData.ReadAssignment(member.Assignment, topics);
        return new()
        {
            Id = member.Id,
            InstanceId = member.InstanceId,
            RackId = subscription.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            Topics = ClassicMembership.Sorted(subscription.Topics),
            Epoch = group.Generation,
            PreviousEpoch = group.Generation,
            Assigned = assigned,
            Target = assigned,
            Home = member.Home,
            Classic = new ClassicTraits(member.SessionTimeoutMs, member.Protocols),
        };
    }

    private static ClassicMember ToClassic(ConsumerMember member, TopicTable topics) => new()
    {
        Id = member.Id,
        InstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SessionTimeoutMs = member.Classic!.SessionTimeoutMs,
        RebalanceTimeoutMs = member.RebalanceTimeoutMs,
        Protocols = member.Classic.Protocols,
        Home = member.Home,
        Assignment = ConsumerData.WriteAssignment(member.Target, member.Classic, ordinal => topics.Find(ordinal)?.Name),
    };
}
