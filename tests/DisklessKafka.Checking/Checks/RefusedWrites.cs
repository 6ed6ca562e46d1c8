using DisklessKafka.Checking.Evidence;

namespace DisklessKafka.Checking.Checks;

/// <summary>What was refused for certain is not there.</summary>
internal static class RefusedWrites
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        foreach (var send in run.History.Sends.Where(send => send.IsRefused))
        {
            if (run.Places.TryGetValue(send.Value, out var place) && place.IsVisible)
                yield return new(AnomalyKind.RefusedYetThere, $"{send.Value} was refused and is at {place}", [send]);
        }
    }
}
