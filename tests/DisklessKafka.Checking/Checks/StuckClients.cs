using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>Once all faults were healed, every client gets something done again, and an answer to everything it asked.</summary>
internal static class StuckClients
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        if (run.History is not { Healed: { } healed, Stopped: not null })
            yield break;
        foreach (var operations in run.History.Operations.Where(operation => !run.History.Ended.ContainsKey(operation.Client)).GroupBy(operation => operation.Client))
        {
            var waiting = operations.Where(operation => operation.Completed == Operation.Never).MinBy(operation => operation.Invoked);
            if (waiting is not null)
                yield return new(AnomalyKind.StuckClient, $"client {operations.Key} still waits for an answer", [waiting]);
            else if (!operations.Any(operation => operation.IsAcknowledged && operation.Completed >= healed))
                yield return new(AnomalyKind.StuckClient, $"client {operations.Key} got nothing done after all was healed at {healed}", [operations.MaxBy(operation => operation.Completed)!]);
        }
    }
}
