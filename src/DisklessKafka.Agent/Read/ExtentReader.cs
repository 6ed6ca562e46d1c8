using System.Buffers;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// An extent's bytes in memory, from the segment as it was written here or from the chunks that hold it. What came from the
/// object store is checked before anyone sees it, and let go if it is damaged: else the cache would serve it again and again.
/// </summary>
public sealed class ExtentReader(SegmentCache cache, ISegmentNames names)
{
    /// <summary>
    /// Leases the bytes. A tail read keeps the cache's memory; a small cold extent is copied out, so that a replay that
    /// touches many segments pins what it returns and not a chunk for each.
    /// </summary>
    public ValueTask<ExtentLease> LeaseAsync(in Extent extent, ReadTemperature temperature, CancellationToken cancellation)
    {
        var written = cache.TryLeaseWritten(extent.Segment);
        return written is null
            ? FromChunksAsync(extent, temperature, cancellation)
            : new(new ExtentLease(written.Slice(extent.Position, extent.Length), written));
    }

    private async ValueTask<ExtentLease> FromChunksAsync(Extent extent, ReadTemperature temperature, CancellationToken cancellation)
    {
        var first = (int)(extent.Position / cache.ChunkBytes);
        var last = (int)(((long)extent.Position + extent.Length - 1) / cache.ChunkBytes);
        if (first < last) return await JoinChunksAsync(extent, first, last, temperature, cancellation);

        var chunk = await LeaseChunkAsync(extent, first, temperature, cancellation);
        var keep = false;
        try
        {
            var bytes = Within(chunk, extent, extent.Position, extent.Length);
            if (!chunk.IsChecked(extent.Position)) Check(extent, bytes, first, last);
            chunk.MarkChecked(extent.Position);
            keep = temperature == ReadTemperature.Tail || extent.Length > cache.ChunkBytes / 8;
            return keep ? new ExtentLease(bytes, chunk) : new ExtentLease(new(bytes.ToArray()), lease: null);
        }
        finally
        {
            if (!keep) chunk.Release();
        }
    }

    private async ValueTask<ExtentLease> JoinChunksAsync(Extent extent, int first, int last, ReadTemperature temperature, CancellationToken cancellation)
    {
        var whole = new byte[extent.Length];
        var filled = 0;
        for (var index = first; index <= last; index++)
        {
            var chunk = await LeaseChunkAsync(extent, index, temperature, cancellation);
            try
            {
                var from = extent.Position + filled;
                var length = (int)Math.Min(extent.Length - filled, chunk.Position + cache.ChunkBytes - from);
                Within(chunk, extent, from, length).CopyTo(whole.AsSpan(filled));
                filled += length;
            }
            finally
            {
                chunk.Release();
            }
        }

        Check(extent, new(whole), first, last);
        return new ExtentLease(new(whole), lease: null);
    }

    /// <exception cref="InvalidDataException">The bytes are damaged; the next reader has them read again.</exception>
    private void Check(in Extent extent, ReadOnlySequence<byte> bytes, int first, int last)
    {
        for (var rest = bytes; !rest.IsEmpty;)
        {
            if (!BatchHeader.TryRead(rest, out var header) || header.Magic != BatchHeader.CurrentMagic || header.SizeBytes < BatchHeader.HeaderBytes
                || header.SizeBytes > rest.Length || Crc32C.Compute(rest.Slice(BatchHeader.CrcCoversFrom, header.SizeBytes - BatchHeader.CrcCoversFrom)) != header.Crc)
            {
                for (var index = first; index <= last; index++) cache.Drop(new ChunkKey(extent.Segment, index));
                throw new InvalidDataException($"segment object '{names.ObjectKeyOf(extent.Segment)}' came damaged, {rest.Length} bytes before the end of the extent at byte {extent.Position}");
            }

            rest = rest.Slice(header.SizeBytes);
        }
    }

    private ValueTask<SegmentBytes> LeaseChunkAsync(in Extent extent, int index, ReadTemperature temperature, CancellationToken cancellation) => cache.LeaseAsync(
        new ChunkKey(extent.Segment, index), names.ObjectKeyOf(extent.Segment), temperature, cancellation);

    private ReadOnlySequence<byte> Within(SegmentBytes chunk, in Extent extent, long position, int length)
    {
        if (position + length <= chunk.End) return chunk.Slice(position, length);
        throw new InvalidDataException($"segment object '{names.ObjectKeyOf(extent.Segment)}' ends at byte {chunk.End}, but the metadata log says it holds an extent up to byte {extent.Position + (long)extent.Length}");
    }
}
