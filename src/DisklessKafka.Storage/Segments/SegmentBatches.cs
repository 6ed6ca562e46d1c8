using System.Runtime.CompilerServices;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Storage.Segments;

/// <summary>Walks an extent's batches and holds them against what the index says of them.</summary>
internal sealed class SegmentBatches(SegmentReader segment, SegmentExtent extent)
{
    private const int ReadBytes = 1 << 20;

    private byte[] buffer = new byte[Math.Min(ReadBytes, Math.Max(extent.LengthBytes, BatchHeader.HeaderBytes))];
    private int buffered; // bytes in the buffer, from its start
    private long position; // of the buffer's first byte, in the extent
    private int batches, idempotent;
    private long offsets, maxTimestampMs = BatchHeader.NoTimestamp;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var start = 0; // of the next batch, in the buffer
        while (position + start < extent.LengthBytes)
        {
            if (!BatchHeader.TryRead(buffer.AsSpan(start, buffered - start), out var header) || header.SizeBytes > buffered - start)
            {
                await ReadMoreAsync(start, cancellation);
                start = 0;
                continue;
            }
            var batch = buffer.AsMemory(start, header.SizeBytes);
            Check(header, batch.Span, position + start);
            yield return batch;
            start += header.SizeBytes;
        }
        CheckTotals();
    }

    // Moves the batch that begins at `start` to the front and reads on behind it; a batch larger than the buffer makes it grow.
    private async ValueTask ReadMoreAsync(int start, CancellationToken cancellation)
    {
        buffer.AsSpan(start, buffered - start).CopyTo(buffer);
        buffered -= start;
        position += start;
        var left = extent.LengthBytes - position - buffered;
        var needed = BatchHeader.HeaderBytes;
        if (buffered >= needed) needed = BatchHeader.TryRead(buffer.AsSpan(0, buffered), out var header) ? header.SizeBytes : int.MaxValue;
        if (needed > buffered + left) throw Damaged(position, "it is longer than its extent, or no batch");
        if (needed > buffer.Length) Array.Resize(ref buffer, needed);
        buffered += await segment.ReadAsync(extent, position + buffered, buffer.AsMemory(buffered), cancellation);
    }

    private void Check(in BatchHeader header, ReadOnlySpan<byte> batch, long at)
    {
        if (header.Magic != BatchHeader.CurrentMagic) throw Damaged(at, $"its format is {header.Magic}");
        if (Crc32C.Compute(batch[BatchHeader.CrcCoversFrom..]) != header.Crc) throw Damaged(at, "its checksum does not match");
        if (header.HasProducerId) CheckIdempotent(header, at);
        batches++;
        offsets += header.LastOffsetDelta + 1L;
        maxTimestampMs = Math.Max(maxTimestampMs, header.MaxTimestamp);
    }

    private void CheckIdempotent(in BatchHeader header, long at)
    {
        var expected = segment.Index.IdempotentBatchesOf(extent);
        var actual = new IdempotentBatch(
            extent.Position + at, header.LastOffsetDelta + 1, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional);
        if (idempotent >= expected.Length || expected[idempotent] != actual) throw Damaged(at, "the index says otherwise of its producer");
        idempotent++;
    }

    private void CheckTotals()
    {
        if ((batches, offsets, maxTimestampMs, idempotent) != (extent.BatchCount, extent.OffsetCount, extent.MaxTimestampMs, extent.IdempotentCount))
            throw new SegmentFormatException($"segment {segment.Id}: the index does not tell the truth of partition {extent.Partition} of topic {extent.Topic}");
    }

    private SegmentFormatException Damaged(long at, string what) =>
        new($"segment {segment.Id}: the batch at byte {extent.Position + at} is damaged: {what}");
}
