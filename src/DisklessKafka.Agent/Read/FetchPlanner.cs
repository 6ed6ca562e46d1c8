using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Which extents a fetch reads, decided before any byte is read, from extents alone. The lengths are estimates where a
/// fetch begins or ends inside an extent; the cut that follows keeps the true limits.
/// </summary>
public static class FetchPlanner
{
    /// <summary>What to read for each target.</summary>
    /// <param name="maxBytes">Soft limit over all targets.</param>
    /// <param name="first">The target that is served first; the others follow in rotation, so that no partition always stands last.</param>
    public static FetchPlan[] Plan(ReadOnlySpan<FetchTarget> targets, int maxBytes, int first)
    {
        var plan = new FetchPlan[targets.Length];
        long left = maxBytes;
        var any = false;
        for (var i = 0; i < targets.Length; i++)
        {
            var at = (first + i) % targets.Length;
            var target = targets[at];
            long planned = 0;
            plan[at] = (left > 0 || !any) && target.Offset < target.Limit
                ? Choose(target, Math.Max(0, Math.Min(left, target.MaxBytes)), out planned)
                : new FetchPlan([], target.Offset);
            left -= planned;
            any |= planned > 0;
        }

        return plan;
    }

    /// <summary>An extent's bytes in [<paramref name="from"/>, <paramref name="to"/>), which it has a part in, taking its records to be of one size.</summary>
    public static long BytesIn(in Extent extent, long from, long to)
    {
        var offsets = Math.Min(to, extent.EndOffset) - Math.Max(from, extent.BaseOffset);
        return offsets == extent.OffsetCount ? extent.Length : Math.Max(1, extent.Length * offsets / extent.OffsetCount);
    }

    private static FetchPlan Choose(in FetchTarget target, long budget, out long planned)
    {
        planned = 0;
        var extents = target.View.Extents;
        var from = extents.IndexOf(target.Offset);
        var to = from;
        while (to < extents.Count && extents[to].BaseOffset < target.Limit && (planned < budget || to == from))
            planned += BytesIn(extents[to++], target.Offset, target.Limit);
        var end = to < extents.Count ? Math.Min(target.Limit, extents[to].BaseOffset) : target.Limit;
        planned += target.View.Markers.CountIn(target.Offset, end) * (long)ControlBatch.SizeBytes;
        if (to == from) return new FetchPlan([], end);
        var chosen = new Extent[to - from];
        extents.CopyTo(from, chosen);
        return new FetchPlan(chosen, end);
    }
}
