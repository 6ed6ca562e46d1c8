using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// Changes to a stored batch that its broker makes, done in place on the 61 bytes of its header.
/// The records are never touched, read or decompressed.
/// </summary>
public static class BatchPatch
{
    /// <summary>
    /// Gives the batch its place in the partition. Both fields lie in front of what the CRC covers, so the CRC stays right.
    /// </summary>
    /// <param name="header">The batch's first 16 bytes or more.</param>
    public static void SetBaseOffset(Span<byte> header, long baseOffset, int partitionLeaderEpoch)
    {
        BinaryPrimitives.WriteInt32BigEndian(header[BatchHeader.LeaderEpochPosition..], partitionLeaderEpoch);
        BinaryPrimitives.WriteInt64BigEndian(header, baseOffset);
    }

    /// <summary>Gives all records the broker's time, and the batch the CRC that goes with it.</summary>
    /// <param name="header">The batch's first 61 bytes or more; its CRC must be right.</param>
    /// <param name="timestampMs">Milliseconds since 1970.</param>
    public static void SetLogAppendTime(Span<byte> header, long timestampMs)
    {
        var attributes = (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(header[BatchHeader.AttributesPosition..]);
        SetTimestamp(header, attributes | BatchAttributes.LogAppendTime, timestampMs);
    }

    /// <summary>Corrects the maximum timestamp of a batch whose producer gave a wrong one, and the CRC with it.</summary>
    /// <param name="header">The batch's first 61 bytes or more; its CRC must be right.</param>
    /// <param name="timestampMs">Milliseconds since 1970, or -1.</param>
    public static void SetMaxTimestamp(Span<byte> header, long timestampMs)
    {
        var attributes = (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(header[BatchHeader.AttributesPosition..]);
        SetTimestamp(header, attributes, timestampMs);
    }

    private static void SetTimestamp(Span<byte> header, BatchAttributes attributes, long maxTimestampMs)
    {
        // What the CRC covers begins with the attributes; the maximum timestamp is the last field that changes.
        var changed = header[BatchHeader.AttributesPosition..BatchHeader.ProducerIdPosition];
        Span<byte> before = stackalloc byte[BatchHeader.ProducerIdPosition - BatchHeader.AttributesPosition];
        changed.CopyTo(before);
        BinaryPrimitives.WriteInt16BigEndian(changed, (short)attributes);
        BinaryPrimitives.WriteInt64BigEndian(header[BatchHeader.MaxTimestampPosition..], maxTimestampMs);

        var batchLength = BinaryPrimitives.ReadInt32BigEndian(header[BatchHeader.LengthPosition..]);
        var bytesBehind = batchLength + BatchHeader.LengthPrefixBytes - BatchHeader.ProducerIdPosition;
        var crc = header[BatchHeader.CrcPosition..];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32C.Replace(BinaryPrimitives.ReadUInt32BigEndian(crc), before, changed, bytesBehind));
    }
}
