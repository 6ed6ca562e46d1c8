using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;

namespace DisklessKafka.Metadata.State.Groups.Offsets;

/// <summary>Since when the retention of a group's offsets counts: Kafka's rules, kind by kind.</summary>
internal sealed class OffsetExpiry(TopicTable topics)
{
    /// <summary>Of an offset that time does not take away while the group is as it is.</summary>
    public const long Never = long.MaxValue;

    /// <returns>By topic and offset, a log time or <see cref="Never"/>; null where none of them goes.</returns>
    public Func<uint, CommittedOffset, long>? SinceOf(Group group)
    {
        if (group.IsEmpty)
        {
            var emptySinceMs = group.KeepsOffsetsFromMs;
            return (_, committed) => Math.Max(emptySinceMs, committed.CommittedMs);
        }

        if (ReadBy(group) is not { } reads) return null;
        var known = new Dictionary<uint, bool>(); // a group has many offsets of few topics
        return (topic, committed) => IsRead(topic) ? Never : committed.CommittedMs;

        bool IsRead(uint topic)
        {
            if (!known.TryGetValue(topic, out var isRead)) known.Add(topic, isRead = topics.Find((int)topic) is { } found && reads(found.Name.Value));
            return isRead;
        }
    }

    /// <summary>Whether what a change of members can make offsets go sooner: another subscription, or the end of a rebalance.</summary>
    public static bool IsAffected(ClassicGroup? before, ClassicGroup after) =>
        after.State == ClassicState.Stable && (before is not { State: ClassicState.Stable } || before.Generation != after.Generation);

    /// <inheritdoc cref="IsAffected(ClassicGroup?, ClassicGroup)"/>
    public static bool IsAffected(ConsumerGroup? before, ConsumerGroup after) =>
        before is null || before.Epoch != after.Epoch || before.Members.Count != after.Members.Count;

    /// <summary>What the members read; null where that is not known, or may be about to change.</summary>
    private static Func<string, bool>? ReadBy(Group group)
    {
        if (group.Consumer is { } consumer) return consumer.Reads;
        return group.Classic is { State: ClassicState.Stable } classic && ClassicSubscriptions.TopicsOf(classic) is { } subscribed ? subscribed.Contains : null;
    }
}
