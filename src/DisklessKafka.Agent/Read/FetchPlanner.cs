using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Which extents a fetch reads, decided before any byte is read, from extents alone. The lengths are estimates where a
/// fetch begins inside an extent; the cut that follows keeps the true limits.
/// </summary>
public static class FetchPlanner
{
    /// <summary>The extents to read for each target.</summary>
    /// <param name="maxBytes">Soft limit over all targets.</param>
    /// <param name="first">The target that is served first; the others follow in rotation, so that no partition always stands last.</param>
    public static Extent[][] Plan(ReadOnlySpan<FetchTarget> targets, int maxBytes, int first)
    {
        var plan = new Extent[targets.Length][];
        long left = maxBytes;
        var any = false;
        for (var i = 0; i < targets.Length; i++)
        {
            var at = (first + i) % targets.Length;
            plan[at] = left > 0 || !any ? Choose(targets[at], Math.Max(0, Math.Min(left, targets[at].MaxBytes)), out var planned) : Nothing(out planned);
            left -= planned;
            any |= planned > 0;
        }

        return plan;
    }

    /// <summary>An extent's bytes at and behind the offset, taking its records to be of one size.</summary>
    public static long BytesFrom(in Extent extent, long offset) => offset <= extent.BaseOffset
        ? extent.Length
        : Math.Max(1, extent.Length * (extent.EndOffset - offset) / extent.OffsetCount);

    private static Extent[] Choose(in FetchTarget target, long budget, out long planned)
    {
        planned = 0;
        var extents = target.View.Extents;
        var from = extents.IndexOf(target.Offset);
        var to = from;
        while (to < extents.Count && extents[to].BaseOffset < target.Limit && (planned < budget || to == from))
            planned += BytesFrom(extents[to++], target.Offset);
        if (to == from) return [];
        var chosen = new Extent[to - from];
        extents.CopyTo(from, chosen);
        return chosen;
    }

    private static Extent[] Nothing(out long planned)
    {
        planned = 0;
        return [];
    }
}
