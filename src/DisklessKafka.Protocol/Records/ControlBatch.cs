using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// The marker that ends a transaction in a partition: a batch of one record that takes an offset and that consumers
/// use but never show. It follows from a few numbers, so it is made up when fetched and stored nowhere.
/// </summary>
public static class ControlBatch
{
    /// <summary>Every marker measures the same: 61 bytes of header and one record of 17.</summary>
    public const int SizeBytes = BatchHeader.HeaderBytes + RecordBytes;

    private const int RecordBytes = 17;

    /// <param name="destination">Receives <see cref="SizeBytes"/> bytes.</param>
    /// <param name="timestampMs">Milliseconds since 1970.</param>
    public static void Write(Span<byte> destination, in TransactionMarker marker, long baseOffset, int partitionLeaderEpoch, long timestampMs)
    {
        var batch = destination[..SizeBytes];
        batch.Clear(); // sets all fields that are zero, the last offset delta among them
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LengthPosition..], SizeBytes - BatchHeader.LengthPrefixBytes);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LeaderEpochPosition..], partitionLeaderEpoch);
        batch[BatchHeader.MagicPosition] = (byte)BatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.AttributesPosition..], (short)(BatchAttributes.Control | BatchAttributes.Transactional));
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.BaseTimestampPosition..], timestampMs);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.MaxTimestampPosition..], timestampMs);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.ProducerIdPosition..], marker.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.ProducerEpochPosition..], marker.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.BaseSequencePosition..], -1);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.RecordCountPosition..], 1);
        WriteRecord(batch[BatchHeader.HeaderBytes..], marker);
        BinaryPrimitives.WriteUInt32BigEndian(batch[BatchHeader.CrcPosition..], Crc32C.Compute(batch[BatchHeader.AttributesPosition..]));
    }

    // Length, attributes, timestamp delta, offset delta; key: version 0, type; value: version 0, coordinator epoch; no headers.
    private static void WriteRecord(Span<byte> record, in TransactionMarker marker)
    {
        const int KeyBytes = 4, ValueBytes = 6;
        Varint.Write(record, RecordBytes - 1);
        Varint.Write(record[4..], KeyBytes);
        BinaryPrimitives.WriteInt16BigEndian(record[7..], marker.IsCommit ? (short)1 : (short)0);
        Varint.Write(record[9..], ValueBytes);
        BinaryPrimitives.WriteInt32BigEndian(record[12..], marker.CoordinatorEpoch);
    }
}

/// <param name="IsCommit">True for commit, false for abort.</param>
public readonly record struct TransactionMarker(bool IsCommit, long ProducerId, short ProducerEpoch, int CoordinatorEpoch);
