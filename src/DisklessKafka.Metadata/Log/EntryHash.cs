using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Metadata.Log;

/// <summary>The CRC32C that a <see cref="LogCursor"/> carries: of the session (big-endian), the sequence (big-endian) and the payload.</summary>
public static class EntryHash
{
    /// <param name="previous">The hash of the entry before, where a log chains its entries; 0 where it does not.</param>
    public static uint Of(Guid session, long sequence, ReadOnlySpan<byte> payload, uint previous = 0)
    {
        Span<byte> head = stackalloc byte[24];
        session.TryWriteBytes(head, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(head[16..], sequence);
        return Crc32C.Append(Crc32C.Append(previous, head), payload);
    }
}
