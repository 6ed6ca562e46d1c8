using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// Reads what a plan chose: all ranges at once, then cuts in the plan's order under the true limits. Bytes in memory
/// for one call: what the plan chose, which exceeds the fetch's own limit by at most one extent.
/// </summary>
public sealed class FetchReader(ExtentReader extents, ReadMetrics metrics)
{
    /// <summary>Extents from a partition's end within which a read counts as a tail read.</summary>
    private const int TailExtents = 64;

    /// <returns>
    /// Records for each target, empty where there are none within the limits; <see cref="FetchedRecords.Failure"/> where
    /// they could not be read. The caller disposes them.
    /// </returns>
    public async ValueTask<FetchedRecords[]> ReadAsync(FetchTarget[] targets, int maxBytes, int first, CancellationToken cancellation)
    {
        var plan = FetchPlanner.Plan(targets, maxBytes, first);
        var leases = new ValueTask<ExtentLease>[plan.Length][];
        for (var i = 0; i < plan.Length; i++) leases[i] = LeaseAll(targets[i], plan[i].Extents, cancellation);
        var records = new FetchedRecords[plan.Length];
        long left = maxBytes;
        var any = false;
        for (var step = 0; step < plan.Length; step++)
        {
            var i = (first + step) % plan.Length;
            records[i] = new FetchedRecords();
            left -= await CutAsync(targets[i], plan[i], leases[i], left, mustGiveOne: !any, records[i]);
            any |= !records[i].IsEmpty;
        }

        metrics.Served(maxBytes - left);
        return records;
    }

    private ValueTask<ExtentLease>[] LeaseAll(in FetchTarget target, Extent[] chosen, CancellationToken cancellation)
    {
        var all = target.View.Extents;
        var temperature = all.Count - all.IndexOf(target.Offset) <= TailExtents ? ReadTemperature.Tail : ReadTemperature.Cold;
        var leases = new ValueTask<ExtentLease>[chosen.Length];
#pragma warning disable CA2012 // each is awaited exactly once, in CutAsync; most complete at once, and a task each would be garbage on the hot path
        for (var i = 0; i < chosen.Length; i++) leases[i] = extents.LeaseAsync(chosen[i], temperature, cancellation);
#pragma warning restore CA2012
        return leases;
    }

    private static async ValueTask<long> CutAsync(FetchTarget target, FetchPlan plan, ValueTask<ExtentLease>[] leases, long left, bool mustGiveOne, FetchedRecords records)
    {
        var budget = Math.Max(0, Math.Min(left, target.MaxBytes));
        var before = budget;
        var goesOn = true;
        var markers = target.View.Markers;
        var nextMarker = markers.IndexOf(target.Offset);
        for (var i = 0; i < plan.Extents.Length; i++)
        {
            var extent = plan.Extents[i];
            try
            {
                var lease = await leases[i]; // each is awaited once, whatever happened to those before it
                lease.TransferTo(records);
                if (goesOn) goesOn = MarkerCutter.Cut(markers, ref nextMarker, extent.BaseOffset, ref budget, mustGiveOne, records);
                if (goesOn) goesOn = BatchCutter.Cut(extent, lease.Bytes, target.Offset, target.Limit, ref budget, mustGiveOne, records);
            }
            catch (Exception failure) when (failure is ObjectStoreException or InvalidDataException or OperationCanceledException)
            {
                records.Failure ??= failure; // other partitions are served all the same
                goesOn = false;
            }
        }

        if (goesOn) MarkerCutter.Cut(markers, ref nextMarker, plan.End, ref budget, mustGiveOne, records);
        return before - budget;
    }
}
