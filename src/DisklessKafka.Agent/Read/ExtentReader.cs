using System.Buffers;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>An extent's bytes in memory, from the segment as it was written here or from the chunks that hold it.</summary>
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

        return new ExtentLease(new(whole), lease: null);
    }

    private ValueTask<SegmentBytes> LeaseChunkAsync(in Extent extent, int index, ReadTemperature temperature, CancellationToken cancellation) => cache.LeaseAsync(
        new ChunkKey(extent.Segment, index), names.ObjectKeyOf(extent.Segment), temperature, cancellation);

    private ReadOnlySequence<byte> Within(SegmentBytes chunk, in Extent extent, long position, int length)
    {
        if (position + length <= chunk.End) return chunk.Slice(position, length);
        throw new InvalidDataException($"segment object '{names.ObjectKeyOf(extent.Segment)}' ends at byte {chunk.End}, but the metadata log says it holds an extent up to byte {extent.Position + (long)extent.Length}");
    }
}
