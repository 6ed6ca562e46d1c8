namespace DisklessKafka.Metadata.State;

/// <summary>The live agents as they were after one whole entry, and the sessions that segments are named after.</summary>
public sealed class AgentDirectory
{
    internal static readonly AgentDirectory Empty = new([], []);

    private readonly AgentInfo[] _byOrdinal;
    private readonly AgentInfo[] _brokers;
    private readonly Dictionary<int, Guid> _sessions;

    /// <param name="byOrdinal">In ascending order of their sessions; the directory keeps the array.</param>
    /// <param name="sessions">Live and dead ones, by ordinal; the directory keeps it.</param>
    internal AgentDirectory(AgentInfo[] byOrdinal, Dictionary<int, Guid> sessions)
    {
        (_byOrdinal, _sessions) = (byOrdinal, sessions);
        _brokers = [.. byOrdinal.GroupBy(agent => agent.NodeId).OrderBy(agents => agents.Key).Select(agents => agents.LastOrDefault(agent => agent.IsListed) ?? agents.Last())];
    }

    /// <summary>In order of their sessions.</summary>
    public ReadOnlySpan<AgentInfo> All => _byOrdinal;

    public int Count => _byOrdinal.Length;

    /// <summary>
    /// The agents as clients see them, in order of node id. Where several share an address, one stands for all: others behind the same
    /// balancer, or one that was killed and is not yet counted as dead.
    /// </summary>
    public ReadOnlySpan<AgentInfo> Brokers => _brokers;

    /// <summary>The live agent whose session has that ordinal, or null.</summary>
    public AgentInfo? Find(int ordinal) => Array.Find(_byOrdinal, agent => agent.Ordinal == ordinal);

    /// <summary>The broker of that node id, or null.</summary>
    public AgentInfo? FindBroker(int nodeId) => Array.Find(_brokers, agent => agent.NodeId == nodeId);

    /// <summary>The id of a session, dead ones included: together with a segment's sequence it names the object.</summary>
    /// <returns>False only where no extent and no pending deletion refers to the session any more.</returns>
    public bool TryFindSession(int ordinal, out Guid id) => _sessions.TryGetValue(ordinal, out id);
}
