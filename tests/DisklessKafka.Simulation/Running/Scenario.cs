using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata;
using DisklessKafka.Simulation.Faults;

namespace DisklessKafka.Simulation.Running;

/// <summary>What a seed makes of a run: how large the cluster is, who uses it how, and what may go wrong.</summary>
internal sealed record Scenario
{
    public required TimeSpan Length { get; init; }

    public required int Agents { get; init; }

    public required int Partitions { get; init; }

    public required int IdempotentProducers { get; init; }

    public required int PlainProducers { get; init; }

    public required int TransactionalProducers { get; init; }

    /// <summary>Who creates topics and deletes them.</summary>
    public required int TopicUsers { get; init; }

    public required int TailingConsumers { get; init; }

    public required int LaggingConsumers { get; init; }

    public required int ReplayingConsumers { get; init; }

    public required int GroupMembers { get; init; }

    /// <summary>Of a group of the consumer protocol (KIP-848).</summary>
    public required int ConsumerMembers { get; init; }

    public required AgentOptions AgentOptions { get; init; }

    /// <summary>How wrong a clock may run.</summary>
    public required double ClockDrift { get; init; }

    /// <summary>Share of calls between agents and services that arrive twice.</summary>
    public required double Repeats { get; init; }

    /// <summary>The log loses acknowledged entries once: what was acknowledged shortly before may be lost then, and all else must hold.</summary>
    public required bool Rewinds { get; init; }

    /// <summary>The metadata log lies in the object store, as with an embedded agent; else in a service of its own, like Postgres.</summary>
    public bool LogInBucket { get; init; }

    /// <summary>Agents are replaced one by one by ones that know the next feature level, which is then raised.</summary>
    public required bool Upgrades { get; init; }

    /// <summary>The most calls that arrive twice.</summary>
    private const double ManyRepeats = 0.3;

    /// <summary>What the first agents know.</summary>
    public const short FirstLevel = 1;

    /// <summary>What upgraded agents know.</summary>
    public const short LastLevel = 2;

    public static Scenario Draw(Random random, TimeSpan length)
    {
        var logInBucket = random.Next(4) == 0;
        var scenario = Draw(random, length, logInBucket, rewinds: !logInBucket && random.Next(8) == 0);
        return scenario is { Repeats: ManyRepeats, LogInBucket: false, Rewinds: false } ? scenario.WithShortLog(random) : scenario;
    }

    private static Scenario Draw(Random random, TimeSpan length, bool logInBucket, bool rewinds) => new()
    {
        Length = length,
        Agents = random.Next(2, 5),
        Partitions = random.Next(1, 5),
        IdempotentProducers = random.Next(1, 4),
        PlainProducers = random.Next(0, 3),
        TransactionalProducers = random.Next(0, 3),
        TopicUsers = random.Next(3) == 0 && !rewinds ? 1 : 0, // a rewound log brings back what was deleted, and loses what was created
        TailingConsumers = random.Next(1, 3),
        LaggingConsumers = random.Next(0, 2),
        ReplayingConsumers = random.Next(0, 2),
        GroupMembers = random.Next(0, 4),
        ConsumerMembers = random.Next(0, 5),
        ClockDrift = random.Next(3) == 0 ? 0.02 : 0,
        Repeats = random.Next(8) switch { < 2 => ManyRepeats, < 4 => 0.02, _ => 0 },
        LogInBucket = logInBucket,
        Rewinds = rewinds,
        Upgrades = random.Next(5) == 0,
        AgentOptions = new AgentOptions
        {
            Listen = new HostPort("127.0.0.1", 0),
            Http = null,
            Objects = "memory:",
            Metadata = "memory:",
            SegmentBytes = random.Next(2) == 0 ? 64 << 10 : 1 << 20,
            UploadsInFlight = random.Next(1, 5),
            CacheChunkBytes = 64 << 10,
            CacheBytes = 3 << 20,
            BufferBytes = 8 << 20,
            Replica = new ReplicaOptions { SnapshotTailEntries = random.Next(rewinds ? ServiceFaults.LongestRewind : 30, 600), WatchedPause = WatchedPause(random) },
        },
    };

    /// <summary>
    /// The log is trimmed so soon that an append which comes once more often finds its entry gone: the log takes it for a new
    /// one then. Not where the log is rewound: it may lose what all its snapshots begin from, and nothing could start any more.
    /// </summary>
    private Scenario WithShortLog(Random random) => this with
    {
        AgentOptions = AgentOptions with { Replica = AgentOptions.Replica with { SnapshotTailEntries = random.Next(10, 40) } },
    };

    /// <summary>As in production, or slower: reads that find nothing are most of a run's steps, and agents that follow later differ for longer.</summary>
    private static TimeSpan WatchedPause(Random random) => random.Next(8) == 0 ? new ReplicaOptions().WatchedPause : TimeSpan.FromMilliseconds(random.Next(100, 400));

    public override string ToString() =>
        $"{Agents} agents, {Partitions} partitions, {IdempotentProducers}+{PlainProducers}+{TransactionalProducers} producers, {TailingConsumers}+{LaggingConsumers}+{ReplayingConsumers} consumers, {GroupMembers}+{ConsumerMembers} members, {(TopicUsers > 0 ? "topics come and go, " : "")}" +
        $"snapshots every {AgentOptions.Replica.SnapshotTailEntries} entries, reads of the log up to {AgentOptions.Replica.WatchedPause.TotalMilliseconds:0} ms apart{(Repeats > 0 ? $", {Repeats:P0} of the calls come twice" : "")}{(LogInBucket ? ", the log in the bucket" : "")}{(Rewinds ? ", the log rewinds" : "")}{(Upgrades ? ", agents are upgraded" : "")}";
}
