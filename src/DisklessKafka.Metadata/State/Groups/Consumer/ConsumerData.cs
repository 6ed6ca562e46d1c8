using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>What classic consumers tell one another, read and written where the broker takes part in it.</summary>
public static class ConsumerData
{
    private const short Newest = 3;

    /// <summary>Null if it is none.</summary>
    public static ConsumerProtocolSubscription? ReadSubscription(ReadOnlyMemory<byte> metadata)
    {
        try
        {
            var reader = ReaderOf(metadata);
            var version = reader.ReadInt16();
            return version < 0 ? null : ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, Newest));
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    /// <summary>What is no assignment, and what is gone, assigns nothing.</summary>
    internal static PartitionSet ReadAssignment(ReadOnlyMemory<byte> assignment, TopicTable topics)
    {
        try
        {
            var reader = ReaderOf(assignment);
            var version = reader.ReadInt16();
            if (version < 0) return PartitionSet.Empty;
            var read = ConsumerProtocolAssignment.Read(ref reader, Math.Min(version, Newest));
            return PartitionSet.Of(read.AssignedPartitions.SelectMany(each =>
                topics.Find(each.Topic) is { } topic ? each.Partitions.Where(partition => topic.Find(partition) is not null).Select(partition => (topic.Ordinal, partition)) : []));
        }
        catch (WireFormatException)
        {
            return PartitionSet.Empty;
        }
    }

    /// <summary>In the version in which the member described itself.</summary>
    /// <param name="nameOf">A topic's name by its ordinal; null once it is gone.</param>
    public static byte[] WriteAssignment(PartitionSet assigned, ClassicTraits member, Func<int, TopicName?> nameOf)
    {
        var said = member.Protocols[0].Metadata.Span;
        var version = said.Length < 2 ? (short)0 : Math.Clamp(BinaryPrimitives.ReadInt16BigEndian(said), (short)0, Newest);
        var assignment = new ConsumerProtocolAssignment();
        foreach (var (topic, partitions) in assigned.ByTopic())
            if (nameOf(topic) is { } name)
                assignment.AssignedPartitions.Add(new() { Topic = name, Partitions = partitions });
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt16(version);
        assignment.Write(ref writer, version);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static WireReader ReaderOf(ReadOnlyMemory<byte> bytes) => new(new ReadOnlySequence<byte>(bytes), bytes.Length * 16L);
}
