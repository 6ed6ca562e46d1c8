using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>All that is there, and all that was read, somebody sent there.</summary>
internal static class UnsentRecords
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var reported = new HashSet<long>();
        foreach (var (value, place) in run.Places)
        {
            if (run.SendOf(value) is not { } send || send.Partition != place.Partition)
            {
                reported.Add(value);
                yield return new(AnomalyKind.NeverSent, $"{value} is at {place}, and nobody sent it there", []);
            }
        }

        foreach (var poll in run.History.Polls)
        {
            foreach (var record in poll.Records)
            {
                if (!WasSent(run, poll, record) && reported.Add(record.Value))
                    yield return new(AnomalyKind.NeverSent, $"{record.Value} was read at offset {record.Offset} of {poll.Partition}, and nobody had sent it there", [poll]);
            }
        }
    }

    private static bool WasSent(CheckedRun run, Poll poll, SeenRecord record) =>
        run.SendOf(record.Value) is { } send && send.Partition == poll.Partition && send.Invoked <= poll.Completed;
}
