using DisklessKafka.Metadata.State.Groups.Consumer;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>What the members of a consumer group read: the one case in which the broker looks into what members say to one another.</summary>
internal static class ClassicSubscriptions
{
    private const string ConsumerType = "consumer";

    /// <returns>Null where it cannot be told: another type of group, or members that say something else.</returns>
    public static HashSet<string>? TopicsOf(ClassicGroup group)
    {
        if (group.ProtocolType != ConsumerType || group.Protocol is null) return null;
        var topics = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, member) in group.Members)
        {
            if (ConsumerData.ReadSubscription(member.MetadataFor(group.Protocol)) is not { } subscription) return null;
            topics.UnionWith(subscription.Topics);
        }

        return topics;
    }
}
