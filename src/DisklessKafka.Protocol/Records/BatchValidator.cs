using System.Buffers;
using DisklessKafka.Protocol.Records.Codecs;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// A broker's checks of what a producer sent for one partition, in Kafka's order. Pure: what is wrong is a value.
/// Everything is checked, down to each record's lengths, because whatever is let in here reaches consumers.
/// </summary>
public static class BatchValidator
{
    private const short FirstVersionWithZstd = 7;

    /// <summary>The header, the checksum, and that it is one batch; not what is in the records.</summary>
    public static BatchStatus CheckBatch(in ReadOnlySequence<byte> records, BatchRules rules, in BatchContext context, out BatchHeader header)
    {
        var status = CheckFrame(records, out header);
        if (status == BatchStatus.Valid) status = CheckHeader(header, rules, context);
        if (status == BatchStatus.Valid && !HasRightChecksum(records, header)) status = BatchStatus.ChecksumMismatch;
        return status == BatchStatus.Valid ? CheckContract(header, context) : status;
    }

    /// <summary>All checks. Uncompressed records are walked in place, compressed ones in bounded memory.</summary>
    /// <param name="records">The records field of a produce request for one partition; only read.</param>
    /// <exception cref="CompressionUnavailableException">The codec's native library is missing.</exception>
    public static BatchStatus Validate(in ReadOnlySequence<byte> records, BatchRules rules, in BatchContext context, out BatchReport report)
    {
        var status = CheckBatch(records, rules, context, out var header);
        if (status == BatchStatus.Valid) return RecordsValidator.Validate(records, header, rules, context.NowMs, out report);
        report = new BatchReport { Header = header };
        return status;
    }

    private static BatchStatus CheckFrame(in ReadOnlySequence<byte> records, out BatchHeader header)
    {
        if (!BatchHeader.TryRead(records, out header))
            return records.Length < BatchHeader.HeaderBytes ? BatchStatus.NoWholeBatch : BatchStatus.ImpossibleLength;
        if (header.Magic != BatchHeader.CurrentMagic)
            return header.Magic is 0 or 1 ? BatchStatus.OldFormat : BatchStatus.UnknownFormat;
        if (header.SizeBytes == records.Length) return BatchStatus.Valid;
        return header.SizeBytes > records.Length ? BatchStatus.NoWholeBatch : BatchStatus.SeveralBatches;
    }

    // In front of the checksum, so that refusing costs little.
    private static BatchStatus CheckHeader(in BatchHeader header, BatchRules rules, in BatchContext context)
    {
        if (header.Compression > CompressionCodec.Zstd) return BatchStatus.UnsupportedCompression;
        if (header.Compression == CompressionCodec.Zstd && context.ApiVersion < FirstVersionWithZstd) return BatchStatus.UnsupportedCompression;
        if (header.BaseOffset != 0) return BatchStatus.NonZeroBaseOffset;
        return header.SizeBytes > rules.MaxMessageBytes ? BatchStatus.TooLarge : BatchStatus.Valid;
    }

    // Behind the checksum, which covers these fields: a damaged batch is to be sent again, a wrong one is not.
    private static BatchStatus CheckContract(in BatchHeader header, in BatchContext context)
    {
        if (header.RecordCount <= 0 || header.RecordCount - 1 != header.LastOffsetDelta) return BatchStatus.WrongRecordCount;
        if (header.IsControl) return BatchStatus.ControlBatch;
        if (header.HasProducerId && (header.BaseSequence < 0 || header.ProducerEpoch < 0)) return BatchStatus.IncompleteProducer;
        if (header.IsTransactional && !header.HasProducerId) return BatchStatus.IncompleteProducer;
        if (header.IsTransactional && !context.IsTransactional) return BatchStatus.UnexpectedTransaction;
        return header.HasLogAppendTime ? BatchStatus.InvalidTimestamp : BatchStatus.Valid;
    }

    private static bool HasRightChecksum(in ReadOnlySequence<byte> records, in BatchHeader header) =>
        Crc32C.Compute(records.Slice(BatchHeader.AttributesPosition)) == header.Crc;
}
