using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

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
            if (!TryAdd(topics, member.MetadataFor(group.Protocol)))
                return null;
        return topics;
    }

    private static bool TryAdd(HashSet<string> topics, ReadOnlyMemory<byte> metadata)
    {
        try
        {
            var reader = new WireReader(new ReadOnlySequence<byte>(metadata), metadata.Length * 16L);
            var version = reader.ReadInt16();
            if (version < 0) return false;
            foreach (var topic in ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, (short)3)).Topics) topics.Add(topic);
            return true;
        }
        catch (WireFormatException)
        {
            return false;
        }
    }
}
