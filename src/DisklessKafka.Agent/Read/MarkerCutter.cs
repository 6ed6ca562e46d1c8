using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>Puts the ends of transactions where they belong between batches.</summary>
internal static class MarkerCutter
{
    /// <summary>Adds the markers from <paramref name="next"/> on that lie before the offset, until the budget is used up.</summary>
    /// <param name="next">The first marker not added yet; moved on.</param>
    /// <param name="budget">Bytes still to give; a marker past it ends the cut unless <paramref name="mustGiveOne"/> and nothing was given yet.</param>
    /// <returns>False if not all of them fit: nothing behind them may be added.</returns>
    public static bool Cut(in MarkerMap markers, ref int next, long before, ref long budget, bool mustGiveOne, FetchedRecords records)
    {
        for (; next < markers.Count && markers[next].Offset < before; next++)
        {
            if (ControlBatch.SizeBytes > budget && !(mustGiveOne && records.IsEmpty)) return false;
            records.Add(markers[next]);
            budget -= ControlBatch.SizeBytes;
        }

        return true;
    }
}
