using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>
/// A group that writes what it reads, each time in one transaction with its offsets, does so once for every record: its committed
/// outcomes neither overlap nor leave a committed record out.
/// </summary>
internal static class Processing
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var outcomes = run.History.Sends.Where(send => send.Source is not null && run.Places.TryGetValue(send.Value, out var place) && place.IsVisible);
        foreach (var processed in outcomes.GroupBy(send => (send.Source!.Group, send.Source.Partition)))
        {
            var end = 0L;
            Send? last = null;
            foreach (var send in processed.OrderBy(send => send.Source!.From))
            {
                var source = send.Source!;
                if (last is not null && source.From < end)
                    yield return new(AnomalyKind.ProcessedTwice, $"{last.Source} and {source} were both committed", [last, send]);
                else if (LeftOut(run, source.Partition, end, source.From) is { } offset)
                    yield return new(AnomalyKind.NotProcessed, $"offset {offset} of {source.Partition} was left out by group {source.Group}", last is null ? [send] : [last, send]);
                if (source.To > end)
                    (last, end) = (send, source.To);
            }
        }
    }

    private static long? LeftOut(CheckedRun run, PartitionName partition, long from, long to)
    {
        foreach (var entry in run.Partition(partition).Between(from, to))
        {
            if (entry.Kind == ContentKind.Record)
                return entry.Offset;
        }

        return null;
    }
}
