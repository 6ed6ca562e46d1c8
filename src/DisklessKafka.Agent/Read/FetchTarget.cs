using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>One partition of a fetch that passed its checks.</summary>
/// <param name="View">The partition as of the moment of planning.</param>
/// <param name="Offset">From log start to <paramref name="Limit"/>.</param>
/// <param name="Limit">Nothing at or past it is returned: the high watermark, or the last stable offset for read_committed.</param>
/// <param name="MaxBytes">Soft: the first batch of a fetch is returned whole whatever its size.</param>
public readonly record struct FetchTarget(PartitionView View, long Offset, long Limit, int MaxBytes)
{
    /// <summary>Bytes of records from the offset to the limit, as near as extents tell; the extent that holds the offset counts by its share of offsets.</summary>
    /// <param name="enoughBytes">Counting stops here.</param>
    public long AvailableBytes(long enoughBytes)
    {
        var extents = View.Extents;
        var total = 0L;
        for (var i = extents.IndexOf(Offset); i < extents.Count && extents[i].BaseOffset < Limit && total < enoughBytes; i++)
            total += FetchPlanner.BytesFrom(extents[i], Offset);
        return total;
    }
}
