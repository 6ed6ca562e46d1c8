using System.Buffers;
using System.Runtime.CompilerServices;
using DisklessKafka.Protocol.Records.Codecs;

namespace DisklessKafka.Protocol.Records;

/// <summary>Checks every record of a batch whose header is already known to be right.</summary>
internal static class RecordsValidator
{
    // As many as tell what is wrong; an answer must not grow with a hostile batch.
    private const int MaxErrors = 100;

    public static BatchStatus Validate(
        in ReadOnlySequence<byte> batch, in BatchHeader header, BatchRules rules, long nowMs, out BatchReport report)
    {
        var records = batch.Slice(BatchHeader.HeaderBytes);
        if (header.Compression == CompressionCodec.None)
        {
            var inPlace = new ByteSource(records);
            return Walk(ref inPlace, header, rules, nowMs, out report);
        }
        using var decompressor = DecompressorPool.Shared.Rent(header.Compression, records, rules.Limits);
        var decompressed = new ByteSource(decompressor);
        var status = Walk(ref decompressed, header, rules, nowMs, out report);
        // Records that end too early do so because decompressing failed, if it did.
        if (decompressor.Status == DecompressionStatus.Ok) return status;
        report = new BatchReport { Header = header };
        return decompressor.Status == DecompressionStatus.Corrupt ? BatchStatus.CorruptCompression : BatchStatus.ExpandsTooFar;
    }

    private static BatchStatus Walk(ref ByteSource source, in BatchHeader header, BatchRules rules, long nowMs, out BatchReport report)
    {
        List<RecordError>? errors = null;
        var status = BatchStatus.Valid;
        var bounds = new TimestampBounds(rules, nowMs);
        var maxTimestamp = BatchHeader.NoTimestamp;
        for (var i = 0; i < header.RecordCount; i++)
        {
            if (!RecordStructure.TryRead(ref source, out var record) || record.OffsetDelta != i)
                return Malformed(header, i, out report);
            var timestamp = header.BaseTimestamp + record.TimestampDelta;
            maxTimestamp = Math.Max(maxTimestamp, timestamp);
            if (!bounds.Allow(timestamp))
                Note(ref errors, ref status, BatchStatus.InvalidTimestamp, i, "the timestamp is outside the topic's bounds");
            if (record.IsKeyNull && rules.RequiresKeys)
                Note(ref errors, ref status, BatchStatus.MissingKey, i, "a compacted topic takes no record without a key");
        }
        if (!source.IsAtEnd) return Malformed(header, header.RecordCount, out report);
        report = new BatchReport(errors) { Header = header, MaxTimestampMs = maxTimestamp };
        return status;
    }

    private static BatchStatus Malformed(in BatchHeader header, int index, out BatchReport report)
    {
        var error = index < header.RecordCount
            ? new RecordError(index, "the record's fields, lengths or offset are wrong")
            : new RecordError(index - 1, "more bytes follow the last record");
        report = new BatchReport([error]) { Header = header };
        return BatchStatus.InvalidRecord;
    }

    // The first fault names the batch's error, as in Kafka; later ones are only listed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Note(ref List<RecordError>? errors, ref BatchStatus status, BatchStatus fault, int index, string message)
    {
        if (status == BatchStatus.Valid) status = fault;
        errors ??= [];
        if (errors.Count < MaxErrors) errors.Add(new RecordError(index, message));
    }

    /// <summary>Which producers' times a topic takes; saturating, since the settings go up to 2^63-1.</summary>
    private readonly struct TimestampBounds(BatchRules rules, long nowMs)
    {
        private readonly long _earliestMs = rules.IsLogAppendTime || rules.MaxAgeMs == long.MaxValue ? long.MinValue : nowMs - rules.MaxAgeMs;
        private readonly long _latestMs = rules.IsLogAppendTime || rules.MaxAheadMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + rules.MaxAheadMs;

        public bool Allow(long timestampMs) => (timestampMs >= _earliestMs && timestampMs <= _latestMs) || timestampMs == BatchHeader.NoTimestamp;
    }
}
