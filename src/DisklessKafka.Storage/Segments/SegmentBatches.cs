using System.Runtime.CompilerServices;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Storage.Segments;

/// <summary>Walks an extent's batches and holds them against what the index says of them.</summary>
internal sealed class SegmentBatches(SegmentReader segment, SegmentExtent extent)
{
    private const int ReadBytes = 1 << 20;

    private byte[] _buffer = new byte[Math.Min(ReadBytes, Math.Max(extent.LengthBytes, BatchHeader.HeaderBytes))];
    private int _buffered; // bytes in the buffer, from its start
    private long _position; // of the buffer's first byte, in the extent
    private int _batches, _idempotent;
    private long _offsets, _maxTimestampMs = BatchHeader.NoTimestamp;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var start = 0; // of the next batch, in the buffer
        while (_position + start < extent.LengthBytes)
        {
            if (!BatchHeader.TryRead(_buffer.AsSpan(start, _buffered - start), out var header) || header.SizeBytes > _buffered - start)
            {
                await ReadMoreAsync(start, cancellation);
                start = 0;
                continue;
            }
            var batch = _buffer.AsMemory(start, header.SizeBytes);
            Check(header, batch.Span, _position + start);
            yield return batch;
            start += header.SizeBytes;
        }
        CheckTotals();
    }

    // Moves the batch that begins at `start` to the front and reads on behind it; a batch larger than the buffer makes it grow.
    private async ValueTask ReadMoreAsync(int start, CancellationToken cancellation)
    {
        _buffer.AsSpan(start, _buffered - start).CopyTo(_buffer);
        _buffered -= start;
        _position += start;
        var left = extent.LengthBytes - _position - _buffered;
        var needed = BatchHeader.HeaderBytes;
        if (_buffered >= needed) needed = BatchHeader.TryRead(_buffer.AsSpan(0, _buffered), out var header) ? header.SizeBytes : int.MaxValue;
        if (needed > _buffered + left) throw Damaged(_position, "it is longer than its extent, or no batch");
        if (needed > _buffer.Length) Array.Resize(ref _buffer, needed);
        _buffered += await segment.ReadAsync(extent, _position + _buffered, _buffer.AsMemory(_buffered), cancellation);
    }

    private void Check(in BatchHeader header, ReadOnlySpan<byte> batch, long at)
    {
        if (header.Magic != BatchHeader.CurrentMagic) throw Damaged(at, $"its format is {header.Magic}");
        if (Crc32C.Compute(batch[BatchHeader.CrcCoversFrom..]) != header.Crc) throw Damaged(at, "its checksum does not match");
        if (header.HasProducerId) CheckIdempotent(header, at);
        _batches++;
        _offsets += header.LastOffsetDelta + 1L;
        _maxTimestampMs = Math.Max(_maxTimestampMs, header.MaxTimestamp);
    }

    private void CheckIdempotent(in BatchHeader header, long at)
    {
        var expected = segment.Index.IdempotentBatchesOf(extent);
        var actual = new IdempotentBatch(
            extent.Position + at, header.LastOffsetDelta + 1, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional);
        if (_idempotent >= expected.Length || expected[_idempotent] != actual) throw Damaged(at, "the index says otherwise of its producer");
        _idempotent++;
    }

    private void CheckTotals()
    {
        if ((_batches, _offsets, _maxTimestampMs, _idempotent) != (extent.BatchCount, extent.OffsetCount, extent.MaxTimestampMs, extent.IdempotentCount))
            throw new SegmentFormatException($"segment {segment.Id}: the index does not tell the truth of partition {extent.Partition} of topic {extent.Topic}");
    }

    private SegmentFormatException Damaged(long at, string what) =>
        new($"segment {segment.Id}: the batch at byte {extent.Position + at} is damaged: {what}");
}
