using System.Buffers.Binary;
using System.Numerics;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>
/// A record batch written field by field, without the product's own encoder, so that every field can lie. Untouched
/// fields are those of a valid batch of version 2 with one record.
/// </summary>
internal sealed record RawBatch
{
    private const int HeaderBytes = 61;
    private const int CrcEnd = 21;

    public long BaseOffset { get; init; }
    public int? BatchLength { get; init; }
    public sbyte Magic { get; init; } = 2;
    public bool CorruptCrc { get; init; }
    public short Attributes { get; init; }
    public int LastOffsetDelta { get; init; }
    public long BaseTimestamp { get; init; } = 1_700_000_000_000;
    public long MaxTimestamp { get; init; } = 1_700_000_000_000;
    public long ProducerId { get; init; } = -1;
    public short ProducerEpoch { get; init; } = -1;
    public int BaseSequence { get; init; } = -1;
    public int Count { get; init; } = 1;
    public byte[] Records { get; init; } = Record("key"u8, "value"u8);

    /// <summary>Length, attributes, timestamp delta, offset delta, key, value, no headers.</summary>
    public static byte[] Record(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int offsetDelta = 0)
    {
        byte[] body = [0, 0, .. Varint(offsetDelta), .. Varint(key.Length), .. key, .. Varint(value.Length), .. value, 0];
        return [.. Varint(body.Length), .. body];
    }

    public static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        for (var rest = (ulong)((value << 1) ^ (value >> 63)); ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                bytes.Add((byte)rest);
                return [.. bytes];
            }

            bytes.Add((byte)(rest | 0x80));
        }
    }

    public byte[] Encode()
    {
        var batch = new byte[HeaderBytes + Records.Length];
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), BatchLength ?? batch.Length - 12);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(12), -1);
        batch[16] = (byte)Magic;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), Attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), Count);
        Records.CopyTo(batch, HeaderBytes);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc(batch.AsSpan(CrcEnd)) ^ (CorruptCrc ? 1u : 0u));
        return batch;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
