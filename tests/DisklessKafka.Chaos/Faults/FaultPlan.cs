namespace DisklessKafka.Chaos.Faults;

/// <summary>
/// What is done to a cluster when: a pure function of the seed. Faults follow on each other with quiet between; one in six is
/// joined by a second one of another role.
/// </summary>
internal static class FaultPlan
{
    private const int JoinedOneIn = 6;
    private static readonly TimeSpan ShortestQuiet = TimeSpan.FromSeconds(2), LongestQuiet = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Kinds for a cluster on Postgres and S3; what is named twice comes twice as often. <see cref="FaultKind.ReplaceAgent"/> has to be asked
    /// for: librdkafka has calls that never return where a broker leaves for good (docs/reliability.md).
    /// </summary>
    public static readonly IReadOnlyList<FaultKind> OnServers =
    [
        FaultKind.KillAgent, FaultKind.KillAgent, FaultKind.KillAgent, FaultKind.StopAgent, FaultKind.PauseAgent, FaultKind.LoseZone,
        FaultKind.CutLog, FaultKind.CutLog, FaultKind.StallLog, FaultKind.DelayLog, FaultKind.LoseLogAnswers, FaultKind.LoseLogAnswers,
        FaultKind.CutStore, FaultKind.StallStore, FaultKind.DelayStore, FaultKind.RestartPostgres, FaultKind.KillPostgres,
        FaultKind.RestartStore, FaultKind.StoreStorm, FaultKind.StoreStorm,
    ];

    public static readonly IReadOnlyList<FaultKind> OnEmbeddedStore =
        [FaultKind.KillAgent, FaultKind.KillAgent, FaultKind.StopAgent, FaultKind.PauseAgent, FaultKind.FillDisk, FaultKind.FillDisk];

    /// <param name="kinds">To choose from.</param>
    /// <param name="session">How long an agent may be silent: pauses are longer.</param>
    /// <param name="time">Within which faults begin.</param>
    /// <param name="atMost">How many.</param>
    public static IReadOnlyList<PlannedFault> Make(Random random, IReadOnlyList<FaultKind> kinds, TimeSpan session, TimeSpan time, int atMost)
    {
        var faults = new List<PlannedFault>();
        var deck = new List<FaultKind>();
        var at = Between(random, ShortestQuiet, LongestQuiet);
        while (at < time && faults.Count < atMost)
        {
            var fault = Draw(random, kinds, deck, session, at);
            faults.Add(fault);
            var end = fault.At + fault.Lasts;
            if (random.Next(JoinedOneIn) == 0 && faults.Count < atMost)
            {
                var second = Draw(random, kinds, deck, session, at + Between(random, TimeSpan.Zero, fault.Lasts));
                if (RoleOf(second.Kind) != RoleOf(fault.Kind))
                {
                    faults.Add(second);
                    end = end > second.At + second.Lasts ? end : second.At + second.Lasts;
                }
            }

            at = end + Between(random, ShortestQuiet, LongestQuiet);
        }

        return faults;
    }

    /// <summary>From a shuffled deck, so that every kind has its turn in a short run too.</summary>
    private static PlannedFault Draw(Random random, IReadOnlyList<FaultKind> kinds, List<FaultKind> deck, TimeSpan session, TimeSpan at)
    {
        if (deck.Count == 0)
        {
            deck.AddRange(kinds);
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(deck));
        }

        var kind = deck[^1];
        deck.RemoveAt(deck.Count - 1);
        return new PlannedFault(at, DurationOf(random, kind, session), kind, random.Next(1_000), random.NextDouble());
    }

    private static TimeSpan DurationOf(Random random, FaultKind kind, TimeSpan session) => kind switch
    {
        FaultKind.PauseAgent => session + Between(random, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)),
        FaultKind.RestartPostgres or FaultKind.KillPostgres or FaultKind.RestartStore => Between(random, TimeSpan.Zero, TimeSpan.FromSeconds(3)),
        FaultKind.StopAgent => Between(random, TimeSpan.Zero, TimeSpan.FromSeconds(2)),
        FaultKind.LoseZone => Between(random, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)),
        FaultKind.KillAgent or FaultKind.ReplaceAgent => Between(random, TimeSpan.Zero, TimeSpan.FromSeconds(6)),
        FaultKind.StallLog or FaultKind.StallStore or FaultKind.CutLog or FaultKind.CutStore or FaultKind.DelayLog or FaultKind.DelayStore
            or FaultKind.LoseLogAnswers or FaultKind.StoreStorm or FaultKind.FillDisk => Between(random, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7)),
    };

    /// <summary>Two faults of one role would undo each other's end.</summary>
    public static string RoleOf(FaultKind kind) => kind switch
    {
        FaultKind.KillAgent or FaultKind.StopAgent or FaultKind.ReplaceAgent or FaultKind.PauseAgent or FaultKind.LoseZone => "agent",
        FaultKind.CutLog or FaultKind.StallLog or FaultKind.DelayLog or FaultKind.LoseLogAnswers => "way to the log",
        FaultKind.CutStore or FaultKind.StallStore or FaultKind.DelayStore => "way to the store",
        FaultKind.RestartPostgres or FaultKind.KillPostgres => "log",
        FaultKind.RestartStore or FaultKind.StoreStorm => "store",
        FaultKind.FillDisk => "disk",
    };

    private static TimeSpan Between(Random random, TimeSpan least, TimeSpan most) => least + ((most - least) * random.NextDouble());
}
