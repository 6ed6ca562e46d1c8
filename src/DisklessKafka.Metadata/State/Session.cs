namespace DisklessKafka.Metadata.State;

/// <summary>One life of an agent. Belongs to the apply turn.</summary>
internal sealed class Session(Guid id, int ordinal, int nodeId)
{
    public Guid Id { get; } = id;

    public int Ordinal { get; } = ordinal;

    /// <summary>The agent's Kafka node id, which belongs to its address: the next session there has the same.</summary>
    public int NodeId { get; } = nodeId;

    public bool IsLive { get; set; } = true;
    public string Zone { get; set; } = "";
    public string Host { get; set; } = "";
    public int Port { get; set; }
    public string Software { get; set; } = "";
    public bool IsListed { get; set; }
    public short MaxFeatureLevel { get; set; }
    public int TimeoutMs { get; set; }

    /// <summary>Log time of its last entry or, once it is dead, of its end.</summary>
    public long LastSeenMs { get; set; }

    /// <summary>The sequence of its last entry, which the next one's is above; -1 before the first.</summary>
    public long LastEntry { get; set; } = -1;

    /// <summary>The greatest segment sequence committed; -1 before the first.</summary>
    public long LastSegment { get; set; } = -1;

    /// <summary>Segments of this session that are referenced or wait for deletion: their keys need its id.</summary>
    public long Segments { get; set; }

    public long DeadlineMs => LastSeenMs + TimeoutMs;

    public AgentInfo ToInfo() => new(Ordinal, NodeId, Id, Zone, Host, Port, Software, IsListed);

    public ulong Hash()
    {
        var hash = StateHasher.Mix((ulong)(uint)Ordinal, Id);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Zone), Host), Software);
        hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Port), NodeId), IsListed ? 1 : 0);
        hash = StateHasher.Mix(StateHasher.Mix(hash, MaxFeatureLevel), TimeoutMs);
        hash = StateHasher.Mix(StateHasher.Mix(hash, LastSeenMs), LastSegment);
        return StateHasher.Mix(StateHasher.Mix(StateHasher.Mix(hash, Segments), IsLive ? 1 : 0), LastEntry);
    }
}
