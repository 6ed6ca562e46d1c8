using System.Buffers;
using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// The fixed head of a record batch of format 2. Only read from bytes whose length field is possible,
/// so that <see cref="SizeBytes"/> is always true.
/// </summary>
public readonly struct BatchHeader
{
    /// <summary>Length of the header itself; the records follow it.</summary>
    public const int HeaderBytes = 61;

    /// <summary>The bytes in front of what the length field counts: base offset and the length itself.</summary>
    public const int LengthPrefixBytes = 12;

    /// <summary>The only batch format there is today; 0 and 1 were message sets.</summary>
    public const sbyte CurrentMagic = 2;

    /// <summary>Producer id of batches without one.</summary>
    public const long NoProducerId = -1;

    /// <summary>Timestamp of records without one.</summary>
    public const long NoTimestamp = -1;

    /// <summary>The CRC covers everything from here on.</summary>
    public const int CrcCoversFrom = AttributesPosition;

    internal const int LengthPosition = 8, LeaderEpochPosition = 12, MagicPosition = 16, CrcPosition = 17;
    internal const int AttributesPosition = 21, LastOffsetDeltaPosition = 23, BaseTimestampPosition = 27, MaxTimestampPosition = 35;
    internal const int ProducerIdPosition = 43, ProducerEpochPosition = 51, BaseSequencePosition = 53, RecordCountPosition = 57;
    internal const int MinBatchLength = HeaderBytes - LengthPrefixBytes;

    private BatchHeader(ReadOnlySpan<byte> bytes)
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(bytes);
        BatchLength = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthPosition..]);
        PartitionLeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochPosition..]);
        Magic = (sbyte)bytes[MagicPosition];
        Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcPosition..]);
        Attributes = (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesPosition..]);
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaPosition..]);
        BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampPosition..]);
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampPosition..]);
        ProducerId = BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdPosition..]);
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochPosition..]);
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequencePosition..]);
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountPosition..]);
    }

    public long BaseOffset { get; }
    /// <summary>Bytes behind the length field; at least 49.</summary>
    public int BatchLength { get; }
    public int PartitionLeaderEpoch { get; }
    public sbyte Magic { get; }
    /// <summary>CRC-32C of everything from the attributes on.</summary>
    public uint Crc { get; }
    public BatchAttributes Attributes { get; }
    /// <summary>Last offset minus base offset. Compaction may leave fewer records than offsets.</summary>
    public int LastOffsetDelta { get; }
    /// <summary>Milliseconds since 1970 that records' timestamps are relative to.</summary>
    public long BaseTimestamp { get; }
    /// <summary>Milliseconds since 1970; -1 if no record has a timestamp.</summary>
    public long MaxTimestamp { get; }
    /// <summary>-1 if the producer is not idempotent.</summary>
    public long ProducerId { get; }
    public short ProducerEpoch { get; }
    public int BaseSequence { get; }
    public int RecordCount { get; }

    /// <summary>The whole batch, header included.</summary>
    public int SizeBytes => LengthPrefixBytes + BatchLength;
    public long LastOffset => BaseOffset + LastOffsetDelta;
    /// <summary>May be a value that no codec has.</summary>
    public CompressionCodec Compression => (CompressionCodec)(Attributes & BatchAttributes.CompressionMask);
    public bool HasProducerId => ProducerId > NoProducerId;
    public bool HasLogAppendTime => (Attributes & BatchAttributes.LogAppendTime) != 0;
    public bool IsTransactional => (Attributes & BatchAttributes.Transactional) != 0;
    public bool IsControl => (Attributes & BatchAttributes.Control) != 0;

    /// <summary>Sequence of the last record; sequences wrap from 2^31-1 to 0. Of use only with a producer id.</summary>
    public int LastSequence => (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);

    /// <summary>Reads the header at the start of <paramref name="bytes"/>; the batch's body need not be there.</summary>
    /// <returns>False if there are fewer than 61 bytes, or the length field is below 49 or beyond what a batch can have.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < HeaderBytes) return false;
        header = new BatchHeader(bytes);
        if (header.BatchLength is >= MinBatchLength and <= int.MaxValue - LengthPrefixBytes) return true;
        header = default;
        return false;
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out BatchHeader)"/>
    public static bool TryRead(in ReadOnlySequence<byte> bytes, out BatchHeader header)
    {
        if (bytes.FirstSpan.Length >= HeaderBytes || bytes.IsSingleSegment) return TryRead(bytes.FirstSpan, out header);
        header = default;
        if (bytes.Length < HeaderBytes) return false;
        Span<byte> copy = stackalloc byte[HeaderBytes];
        bytes.Slice(0, HeaderBytes).CopyTo(copy);
        return TryRead(copy, out header);
    }
}
