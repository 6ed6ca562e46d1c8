using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>One partition of a fetch that passed its checks.</summary>
/// <param name="View">The partition as of the moment of planning.</param>
/// <param name="Offset">From log start to high watermark; at or past <paramref name="Limit"/> there is nothing to read yet.</param>
/// <param name="Limit">Nothing at or past it is returned: the high watermark, or the last stable offset for read_committed.</param>
/// <param name="MaxBytes">Soft: the first batch of a fetch is returned whole whatever its size.</param>
public readonly record struct FetchTarget(PartitionView View, long Offset, long Limit, int MaxBytes)
{
    /// <summary>Bytes of records and markers from the offset to the limit, as near as extents tell; one that only partly lies there counts by its share of offsets.</summary>
    /// <param name="enoughBytes">Counting stops here.</param>
    public long AvailableBytes(long enoughBytes)
    {
        var extents = View.Extents;
        if (Offset >= Limit) return 0;
        var total = View.Markers.CountIn(Offset, Limit) * (long)ControlBatch.SizeBytes;
        for (var i = extents.IndexOf(Offset); i < extents.Count && extents[i].BaseOffset < Limit && total < enoughBytes; i++)
            total += FetchPlanner.BytesIn(extents[i], Offset, Limit);
        return total;
    }
}
