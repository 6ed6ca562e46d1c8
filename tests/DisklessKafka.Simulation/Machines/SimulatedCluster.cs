using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Simulation.Network;
using DisklessKafka.Simulation.Running;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Machines;

/// <summary>Agents on shared services, as clients and faults see them.</summary>
internal sealed class SimulatedCluster
{
    private readonly SimulatedWorld _world;
    private readonly Random _latencies;
    private readonly Dictionary<string, int> _scopes = [];
    private long _lastValue;
    private long _lastReader;
    private readonly HashSet<long> _doubtful = [];
    private long _lastTransaction;

    public SimulatedCluster(SimulatedWorld world, Scenario scenario, Random random, RunLog log)
    {
        _world = world;
        _latencies = new Random(random.Next());
        Log = log;
        Services = new Services(world, scenario.LogInBucket, random);
        Agents = [.. Enumerable.Range(1, scenario.Agents).Select(index => new SimulatedAgent(index, world, Services, scenario, new Random(random.Next()), log))];
    }

    public RunLog Log { get; }

    public Services Services { get; }

    public IReadOnlyList<SimulatedAgent> Agents { get; }

    public History History { get; } = new();

    /// <summary>The history's clock, in microseconds.</summary>
    public long Now => _world.Elapsed.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Nothing is broken on purpose any more.</summary>
    public bool IsHealed { get; set; }

    /// <summary>The log was rewound: what was acknowledged before may be gone, and clients may be told so.</summary>
    public bool MayHaveLost { get; set; }

    /// <summary>When the log was rewound, and when the first entry that got lost had been appended, both by the history's clock.</summary>
    public long LastRewind { get; set; }

    /// <inheritdoc cref="LastRewind"/>
    public long FirstLost { get; set; }

    public long NextValue() => ++_lastValue;

    public long NextReader() => ++_lastReader;

    public long NextTransaction() => ++_lastTransaction;

    /// <summary>The transaction's producer may have an epoch that the log has lost.</summary>
    public void MarkDoubtful(Transaction transaction) => _doubtful.Add(transaction.Id);

    /// <summary>Nothing can be asked of the transaction, because of what the log has lost.</summary>
    public bool IsDoubtful(Transaction transaction) =>
        _doubtful.Contains(transaction.Id) || (MayHaveLost && transaction.Completed >= FirstLost && transaction.Invoked <= LastRewind);

    /// <summary>Under which what one life of one agent says is held together; never that of all of them.</summary>
    public int ScopeOf(string life)
    {
        if (!_scopes.TryGetValue(life, out var scope)) _scopes.Add(life, scope = _scopes.Count + 1);
        return scope;
    }

    /// <summary>A connection to any agent that listens; false if the one that was tried does not.</summary>
    public bool TryAccept(string clientId, SimulatedNode client, Random random, out SimulatedConnection? connection, out string agent)
    {
        var life = Agents[random.Next(Agents.Count)].Life;
        connection = null;
        agent = "";
        if (life?.Server is not { } server) return false;
        agent = server.Name;
        connection = new SimulatedConnection(clientId, client, life.Node, Latency);
        server.Accept(connection);
        return true;
    }

    /// <summary>Mostly half a millisecond, at times fifty.</summary>
    private TimeSpan Latency() => TimeSpan.FromMilliseconds(0.3 * Math.Pow(200, _latencies.NextDouble() * _latencies.NextDouble() * _latencies.NextDouble()));
}
