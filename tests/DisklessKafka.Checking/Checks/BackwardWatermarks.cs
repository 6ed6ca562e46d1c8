using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>What once was seen of a high watermark, last stable offset or log start is never undercut by what is asked for later.</summary>
internal static class BackwardWatermarks
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var acknowledged = run.History.Sends.Where(send => send is { IsAcknowledged: true, Offset: not null }).ToLookup(send => send.Partition);
        foreach (var seen in run.History.Watermarks.GroupBy(seen => (seen.Partition, seen.Watermark, seen.Scope)))
        {
            var floor = new RealTimeFloor([.. seen.Select(item => (item.Value, (Operation)item)), .. Reached(seen.Key.Watermark, seen.Key.Scope, acknowledged[seen.Key.Partition])]);
            foreach (var item in seen.OrderBy(item => item.Invoked))
            {
                floor.AdvanceTo(item.Invoked);
                if (floor.Highest is { } before && before.Value > item.Value)
                    yield return new(AnomalyKind.WentBackwards, $"{item.Watermark} of {item.Partition} was {before.Value} and later {item.Value}", [before.Operation, item]);
            }
        }
    }

    /// <summary>Who asks for the latest offset after a write was acknowledged is told one behind it.</summary>
    private static IEnumerable<(long Value, Operation Operation)> Reached(Watermark watermark, int scope, IEnumerable<Send> acknowledged) =>
        watermark == Watermark.HighWatermark && scope == WatermarkSeen.Everywhere
            ? acknowledged.Select(send => (send.Offset!.Value + 1, (Operation)send))
            : [];
}
