namespace DisklessKafka.Chaos.Figures;

/// <summary>A time in which producers had nothing acknowledged though they were sending, whatever the cause.</summary>
/// <param name="Clients">How many of them it hit.</param>
internal sealed record Outage(long From, long To, int Clients)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public TimeSpan Lasted => RunClock.ToTime(To - From);

    /// <param name="writes">By the time they were acknowledged.</param>
    public static IReadOnlyList<Outage> Of(Write[] writes)
    {
        var gaps = writes.GroupBy(write => write.ClientId).SelectMany(group => Gaps([.. group])).OrderBy(gap => gap.From);
        var outages = new List<Outage>();
        foreach (var (from, to) in gaps)
        {
            if (outages.Count > 0 && from < outages[^1].To)
                outages[^1] = new(outages[^1].From, Math.Max(outages[^1].To, to), outages[^1].Clients + 1);
            else
                outages.Add(new(from, to, 1));
        }

        return outages;
    }

    private static IEnumerable<(long From, long To)> Gaps(Write[] writes)
    {
        for (var i = 1; i < writes.Length; i++)
        {
            if (RunClock.ToTime(writes[i].Acknowledged - writes[i - 1].Acknowledged) > Shortest)
                yield return (writes[i - 1].Acknowledged, writes[i].Acknowledged);
        }
    }
}
