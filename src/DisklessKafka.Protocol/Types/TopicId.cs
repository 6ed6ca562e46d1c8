using System.Buffers.Text;

namespace DisklessKafka.Protocol;

/// <summary>A topic's identity: a topic that is deleted and created again under its name gets another one.</summary>
public readonly record struct TopicId(Guid Value)
{
    private const int UuidBytes = 16;

    /// <summary>All zero: the topic is named otherwise, or not known.</summary>
    public static readonly TopicId None;

    public bool IsNone => Value == Guid.Empty;

    /// <summary>As Kafka's tools print it: 22 letters of URL-safe base64.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[UuidBytes];
        Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
