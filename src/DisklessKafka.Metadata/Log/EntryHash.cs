using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

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
        return ~Add(Add(~previous, head), payload);
    }

    /// <summary>CRC32C of the bytes alone.</summary>
    public static uint OfBytes(ReadOnlySpan<byte> bytes) => ~Add(~0u, bytes);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
