using System.Buffers;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>A record found by its time.</summary>
public readonly record struct TimestampedOffset(long Offset, long TimestampMs);

/// <summary>
/// Offsets by time: extents tell which may hold the record, batch headers narrow it down, and only the batch that holds
/// it is decompressed.
/// </summary>
public sealed class TimestampLookup(ExtentReader reader)
{
    /// <summary>The first record in [log start, limit) whose time is at or after the one given; null if there is none.</summary>
    public async ValueTask<TimestampedOffset?> FirstAtOrAfterAsync(PartitionView view, long timestampMs, long limit, CancellationToken cancellation)
    {
        var extents = view.Extents;
        for (var i = extents.IndexOfTimestamp(timestampMs); i < extents.Count && extents[i].BaseOffset < limit; i = extents.IndexOfTimestamp(timestampMs, i + 1))
        {
            if (extents[i].EndOffset <= view.LogStartOffset) continue;
            var found = await SearchAsync(extents[i], timestampMs, view.LogStartOffset, cancellation);
            if (found is { } record) return record.Offset < limit ? record : null;
        }

        return null;
    }

    /// <summary>The first of the records with the greatest time; null for an empty partition.</summary>
    public ValueTask<TimestampedOffset?> GreatestAsync(PartitionView view, long limit, CancellationToken cancellation)
    {
        var greatest = long.MinValue;
        for (var i = 0; i < view.Extents.Count; i++)
            if (view.Extents[i].EndOffset > view.LogStartOffset && view.Extents[i].BaseOffset < limit)
                greatest = Math.Max(greatest, view.Extents[i].MaxTimestampMs);
        return greatest == long.MinValue ? new(default(TimestampedOffset?)) : FirstAtOrAfterAsync(view, greatest, limit, cancellation);
    }

    private async ValueTask<TimestampedOffset?> SearchAsync(Extent extent, long timestampMs, long from, CancellationToken cancellation)
    {
        var lease = await reader.LeaseAsync(extent, ReadTemperature.Cold, cancellation);
        try
        {
            return Search(extent, lease.Bytes, timestampMs, from);
        }
        finally
        {
            lease.Release();
        }
    }

    private static TimestampedOffset? Search(in Extent extent, ReadOnlySequence<byte> bytes, long timestampMs, long from)
    {
        var baseOffset = extent.BaseOffset;
        while (BatchHeader.TryRead(bytes, out var header) && header.SizeBytes <= bytes.Length)
        {
            var end = baseOffset + header.LastOffsetDelta + 1;
            if (header.MaxTimestamp >= timestampMs && end > from && SearchBatch(bytes, baseOffset, timestampMs, from) is { } found) return found;
            baseOffset = end;
            bytes = bytes.Slice(header.SizeBytes);
        }

        return null;
    }

    private static TimestampedOffset? SearchBatch(in ReadOnlySequence<byte> batch, long baseOffset, long timestampMs, long from)
    {
        using var records = new RecordReader(batch);
        while (records.MoveNext())
        {
            var offset = baseOffset + records.Current.OffsetDelta;
            if (offset >= from && records.Current.TimestampMs >= timestampMs) return new TimestampedOffset(offset, records.Current.TimestampMs);
        }

        return null;
    }
}
