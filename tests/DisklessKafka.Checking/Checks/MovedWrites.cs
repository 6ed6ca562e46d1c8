using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>What was acknowledged with an offset stands at it.</summary>
internal static class MovedWrites
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var send in run.History.Sends)
        {
            if (send is not { IsAcknowledged: true, Offset: { } offset } || !run.Places.TryGetValue(send.Value, out var place) || place.Partition != send.Partition)
                continue;
            var partition = run.Partition(send.Partition);
            // A producer without idempotence may have written it more than once and was told of one of them.
            if (place.Offset != offset && !partition.IsRemoved(offset) && partition.Find(offset)?.Value != send.Value)
                yield return new(AnomalyKind.Moved, $"{send.Value} was acknowledged at offset {offset} of {send.Partition} and is at {place.Offset}", [send]);
        }
    }
}
