using System.Buffers;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>Cuts whole batches out of an extent's bytes. Offsets follow from the extent's first one and the batches' counts.</summary>
internal static class BatchCutter
{
    /// <summary>
    /// Adds the batches that hold offsets in [<paramref name="offset"/>, <paramref name="limit"/>) until the budget is used up.
    /// A batch that holds <paramref name="offset"/> in its middle is returned whole: the client drops what it did not ask for.
    /// </summary>
    /// <param name="bytes">The extent's bytes.</param>
    /// <param name="budget">Bytes still to give; a batch larger than that ends the cut unless <paramref name="mustGiveOne"/> and nothing was given yet.</param>
    /// <returns>False if the cut ended before the extent did: nothing behind it may be added.</returns>
    /// <exception cref="InvalidDataException">The bytes are not the batches that the log says they are.</exception>
    public static bool Cut(in Extent extent, ReadOnlySequence<byte> bytes, long offset, long limit, ref long budget, bool mustGiveOne, FetchedRecords records)
    {
        var baseOffset = extent.BaseOffset;
        while (!bytes.IsEmpty)
        {
            if (!BatchHeader.TryRead(bytes, out var header) || header.SizeBytes > bytes.Length || header.LastOffsetDelta < 0)
                throw new InvalidDataException($"no whole batch at offset {baseOffset} of {extent.Segment}, {bytes.Length} bytes before the end of its extent");
            var end = baseOffset + header.LastOffsetDelta + 1;
            if (baseOffset >= limit) return false;
            if (end > offset)
            {
                if (header.SizeBytes > budget && !(mustGiveOne && records.IsEmpty)) return false;
                records.Add(bytes.Slice(0, header.SizeBytes), baseOffset, end);
                budget -= header.SizeBytes;
            }

            baseOffset = end;
            bytes = bytes.Slice(header.SizeBytes);
        }

        return true;
    }
}
