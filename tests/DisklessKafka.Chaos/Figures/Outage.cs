namespace DisklessKafka.Chaos.Figures;

/// <summary>A time in which producers that go where the cluster leads them had nothing acknowledged though they waited for it, whatever the cause.</summary>
/// <param name="Clients">How many of them it hit.</param>
internal sealed record Outage(long From, long To, int Clients)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public TimeSpan Lasted => RunClock.ToTime(To - From);

    /// <param name="writes">By the time they were acknowledged.</param>
    public static IReadOnlyList<Outage> Of(Write[] writes)
    {
        var gaps = writes.Where(write => !write.IsPinned).GroupBy(write => write.ClientId).SelectMany(group => Gaps(group.Key, [.. group])).OrderBy(gap => gap.From);
        var outages = new List<Outage>();
        HashSet<int> hit = [];
        foreach (var (client, from, to) in gaps)
        {
            if (outages.Count == 0 || from >= outages[^1].To)
            {
                hit.Clear();
                outages.Add(new(from, to, 0));
            }

            hit.Add(client);
            outages[^1] = new(outages[^1].From, Math.Max(outages[^1].To, to), hit.Count);
        }

        return outages;
    }

    private static IEnumerable<(int Client, long From, long To)> Gaps(int client, Write[] writes)
    {
        var last = 0L;
        foreach (var write in writes)
        {
            // What it was waiting for may have been sent long after the answer before.
            var from = Math.Max(last, write.Invoked);
            if (RunClock.ToTime(write.Acknowledged - from) > Shortest)
                yield return (client, from, write.Acknowledged);
            last = write.Acknowledged;
        }
    }
}
