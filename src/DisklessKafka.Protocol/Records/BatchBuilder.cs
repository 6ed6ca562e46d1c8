using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DisklessKafka.Protocol.Records;

/// <summary>Encodes records into one batch of format 2. Not safe for concurrent use.</summary>
public sealed class BatchBuilder
{
    private readonly ArrayBufferWriter<byte> _records = new(1024);
    private long _baseTimestamp;
    private long _maxTimestamp = BatchHeader.NoTimestamp;

    public CompressionCodec Compression { get; init; }
    public long BaseOffset { get; init; }
    public int PartitionLeaderEpoch { get; init; }
    public long ProducerId { get; init; } = BatchHeader.NoProducerId;
    public short ProducerEpoch { get; init; } = -1;
    /// <summary>Sequence of the first record; may be set anew for each batch.</summary>
    public int BaseSequence { get; set; } = -1;
    public bool IsTransactional { get; init; }

    public int RecordCount { get; private set; }

    /// <summary>What the batch would measure uncompressed, header included.</summary>
    public int UncompressedBytes => BatchHeader.HeaderBytes + _records.WrittenCount;

    /// <summary>Adds a record behind the last one.</summary>
    /// <param name="timestampMs">Milliseconds since 1970, or -1.</param>
    public BatchBuilder Append(long timestampMs, byte[]? key, byte[]? value, params ReadOnlySpan<RecordHeader> headers)
    {
        if (RecordCount == 0) _baseTimestamp = timestampMs;
        _maxTimestamp = Math.Max(_maxTimestamp, timestampMs);
        var timestampDelta = timestampMs - _baseTimestamp;

        var bodyBytes = 1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(RecordCount) + SizeOf(key) + SizeOf(value) + SizeOf(headers);
        WriteVarint(bodyBytes);
        _records.Write<byte>([0]); // a record's own attributes: none are defined
        WriteVarint(timestampDelta);
        WriteVarint(RecordCount++);
        WriteBytes(key);
        WriteBytes(value);
        WriteHeaders(headers);
        return this;
    }

    /// <summary>The batch so far.</summary>
    public byte[] Build()
    {
        var batch = new ArrayBufferWriter<byte>(UncompressedBytes);
        batch.Advance(BatchHeader.HeaderBytes); // filled in once the size of the records is known
        Records.Compression.Compress(Compression, _records.WrittenSpan, batch);
        var bytes = batch.WrittenSpan.ToArray();
        WriteHeader(bytes);
        return bytes;
    }

    /// <summary>Forgets all records, so that the next batch can be built.</summary>
    public void Clear()
    {
        _records.ResetWrittenCount();
        RecordCount = 0;
        _maxTimestamp = BatchHeader.NoTimestamp;
    }

    private void WriteHeader(Span<byte> batch)
    {
        var attributes = (BatchAttributes)Compression | (IsTransactional ? BatchAttributes.Transactional : BatchAttributes.None);
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LengthPosition..], batch.Length - BatchHeader.LengthPrefixBytes);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LeaderEpochPosition..], PartitionLeaderEpoch);
        batch[BatchHeader.MagicPosition] = (byte)BatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.AttributesPosition..], (short)attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LastOffsetDeltaPosition..], RecordCount - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.BaseTimestampPosition..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.MaxTimestampPosition..], _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.ProducerIdPosition..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.ProducerEpochPosition..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.BaseSequencePosition..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.RecordCountPosition..], RecordCount);
        BinaryPrimitives.WriteUInt32BigEndian(batch[BatchHeader.CrcPosition..], Crc32C.Compute(batch[BatchHeader.AttributesPosition..]));
    }

    private void WriteVarint(long value) => _records.Advance(Varint.Write(_records.GetSpan(Varint.MaxLongBytes), value));

    private void WriteBytes(byte[]? bytes)
    {
        WriteVarint(bytes?.Length ?? -1);
        _records.Write(bytes);
    }

    private void WriteHeaders(ReadOnlySpan<RecordHeader> headers)
    {
        WriteVarint(headers.Length);
        foreach (var header in headers)
        {
            WriteVarint(Encoding.UTF8.GetByteCount(header.Key));
            Encoding.UTF8.GetBytes(header.Key, _records);
            WriteBytes(header.Value);
        }
    }

    private static int SizeOf(byte[]? bytes) => Varint.SizeOf(bytes?.Length ?? -1) + (bytes?.Length ?? 0);

    private static int SizeOf(ReadOnlySpan<RecordHeader> headers)
    {
        var size = Varint.SizeOf(headers.Length);
        foreach (var header in headers)
        {
            var keyBytes = Encoding.UTF8.GetByteCount(header.Key);
            size += Varint.SizeOf(keyBytes) + keyBytes + SizeOf(header.Value);
        }
        return size;
    }
}
