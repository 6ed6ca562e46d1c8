namespace DisklessKafka.Metadata.State;

/// <summary>The live agents as they were after one whole entry, in order of node id, and the sessions that segments are named after.</summary>
public sealed class AgentDirectory
{
    internal static readonly AgentDirectory Empty = new([], []);

    private readonly AgentInfo[] _byNodeId;
    private readonly Dictionary<int, Guid> _sessions;

    /// <param name="byNodeId">In ascending order; the directory keeps the array.</param>
    /// <param name="sessions">Live and dead ones, by ordinal; the directory keeps it.</param>
    internal AgentDirectory(AgentInfo[] byNodeId, Dictionary<int, Guid> sessions) => (_byNodeId, _sessions) = (byNodeId, sessions);

    public ReadOnlySpan<AgentInfo> All => _byNodeId;

    public int Count => _byNodeId.Length;

    /// <summary>The live agent of that node id, or null.</summary>
    public AgentInfo? Find(int nodeId)
    {
        foreach (var agent in _byNodeId)
            if (agent.NodeId == nodeId)
                return agent;
        return null;
    }

    /// <summary>The id of a session, dead ones included: together with a segment's sequence it names the object.</summary>
    /// <returns>False only where no extent and no pending deletion refers to the session any more.</returns>
    public bool TryFindSession(int ordinal, out Guid id) => _sessions.TryGetValue(ordinal, out id);
}
