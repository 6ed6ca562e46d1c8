using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>Makes ids for new topics: random, so that agents need not agree.</summary>
public sealed class TopicIds(Random random)
{
    private readonly Lock _drawing = new();

    /// <summary>A version 4 UUID. It is never one of those that Kafka keeps for itself, as their version is 0.</summary>
    public TopicId Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_drawing) random.NextBytes(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new TopicId(new Guid(bytes, bigEndian: true));
    }
}
