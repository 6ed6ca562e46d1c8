using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos.Figures;

/// <summary>How long after its acknowledgement each record was seen by the readers that follow all the time.</summary>
internal sealed class Sight
{
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);
    private readonly (long Acknowledged, long Seen)[] _records;

    public Sight(RunRecord run, Write[] writes)
    {
        var seen = new Dictionary<long, long>();
        foreach (var poll in run.History.Polls.Where(poll => run.Clients[poll.Client].Kind == ClientKind.Tailing))
        {
            foreach (var record in poll.Records)
                seen[record.Value] = Math.Max(poll.Completed, seen.GetValueOrDefault(record.Value));
        }

        _records = [.. writes.Where(write => seen.ContainsKey(write.Value)).Select(write => (write.Acknowledged, seen[write.Value]))];
    }

    /// <summary>Acknowledgement to sight, by the time of the acknowledgement; zero where it was seen before.</summary>
    public IEnumerable<(long At, TimeSpan Delay)> Delays => _records.Select(record => (record.Acknowledged, RunClock.ToTime(Math.Max(0, record.Seen - record.Acknowledged))));

    /// <returns>Zero if nothing was late any more when the fault was healed.</returns>
    public TimeSpan SettledAfter(FaultRecord fault)
    {
        var late = _records.Where(record => record.Acknowledged >= fault.Began && record.Acknowledged <= fault.Healed && RunClock.ToTime(record.Seen - record.Acknowledged) > Prompt);
        var last = late.Select(record => record.Seen).DefaultIfEmpty(fault.Healed).Max();
        return RunClock.ToTime(Math.Max(0, last - fault.Healed));
    }
}
