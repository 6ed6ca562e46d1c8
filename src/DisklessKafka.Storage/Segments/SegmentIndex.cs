using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Storage.Segments;

/// <summary>What a segment holds, as read from its end. Takes some fifteen times the index's own bytes at most.</summary>
public sealed class SegmentIndex
{
    private readonly SegmentExtent[] _extents;
    private readonly IdempotentBatch[] _idempotent;

    private SegmentIndex(SegmentFooter footer, SegmentExtent[] extents, IdempotentBatch[] idempotent)
    {
        Id = footer.Id;
        IndexPosition = footer.IndexPosition;
        _extents = extents;
        _idempotent = idempotent;
    }

    /// <summary>Which segment this says it is, whatever key it was found under.</summary>
    public SegmentId Id { get; }

    /// <summary>Where the extents end, from the object's start.</summary>
    public long IndexPosition { get; }

    /// <summary>In the order of their bytes, which they cover without a gap.</summary>
    public ReadOnlySpan<SegmentExtent> Extents => _extents;

    /// <summary>The extent's batches that have a producer id, in order.</summary>
    public ReadOnlySpan<IdempotentBatch> IdempotentBatchesOf(in SegmentExtent extent) => _idempotent.AsSpan(extent.FirstIdempotent, extent.IdempotentCount);

    /// <summary>Reads the index from the end of a segment.</summary>
    /// <param name="tail">The object's last bytes.</param>
    /// <param name="objectBytes">The size of the whole object.</param>
    /// <param name="neededBytes">How long a tail must be, if this one is too short for the index; else 0.</param>
    /// <returns>Null if the tail is too short.</returns>
    /// <exception cref="SegmentFormatException">The object is not a whole, undamaged segment.</exception>
    public static SegmentIndex? TryRead(ReadOnlyMemory<byte> tail, long objectBytes, out int neededBytes)
    {
        if (tail.Length < SegmentFooter.SizeBytes) throw new SegmentFormatException($"an object of {objectBytes} bytes is too short for a segment");
        var footer = SegmentFooter.Read(tail.Span[^SegmentFooter.SizeBytes..], objectBytes);
        var needed = (long)footer.IndexBytes + SegmentFooter.SizeBytes;
        neededBytes = needed > tail.Length ? checked((int)needed) : 0;
        if (neededBytes > 0) return null;

        var index = tail[(int)(tail.Length - needed)..^SegmentFooter.SizeBytes];
        if (Crc32C.Compute(index.Span) != footer.IndexCrc) throw new SegmentFormatException("the segment's index is damaged");
        try
        {
            var (extents, idempotent) = SegmentIndexCodec.Read(new ReadOnlySequence<byte>(index), footer.ExtentCount, footer.IndexPosition);
            return new SegmentIndex(footer, extents, idempotent);
        }
        catch (WireFormatException exception)
        {
            throw new SegmentFormatException($"the segment's index is not one: {exception.Message}", exception);
        }
    }
}
