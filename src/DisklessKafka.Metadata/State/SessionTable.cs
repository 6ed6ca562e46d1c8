using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// Who lives, by log time. A session that was silent for longer than its time-out is dead from the first later entry
/// on, its own included: that is the fence which lets an orphan sweep delete what no live session can still commit.
/// </summary>
internal sealed class SessionTable
{
    /// <summary>
    /// How long a dead session without segments is remembered, so that registering it again is refused. An append is
    /// decided within minutes; a week is beyond doubt, and a few hundred bytes a restart for that long are nothing.
    /// </summary>
    private const long RememberMs = 7L * 24 * 3600 * 1000;

    /// <summary>Shorter ones would die of a garbage collection.</summary>
    public const int MinTimeoutMs = 1_000;

    private readonly Dictionary<Guid, Session> _byId = [];
    private readonly SortedDictionary<int, Session> _byOrdinal = [];

    // Nothing is due before: a lower bound, so that looking costs nothing most of the time. That it is never above the
    // true time is what makes sessions end at the same entry everywhere, also on a replica that began from a snapshot.
    private long _nextCheckMs = long.MaxValue;

    /// <summary>The ordinal of the next session: ordinals are never used again. 0 is left out: as a node id it looks like a default.</summary>
    public int NextOrdinal { get; private set; } = 1;

    /// <summary>The first session's id: what tells this cluster from others for good. Empty before that session.</summary>
    public Guid ClusterId { get; private set; }

    /// <summary>Set when what clients may see of the agents has changed; whoever publishes it resets it.</summary>
    public bool IsDirty { get; set; }

    public IEnumerable<Session> All => _byOrdinal.Values;

    public bool TryFind(Guid id, [MaybeNullWhen(false)] out Session session) => _byId.TryGetValue(id, out session);

    public Session? Find(int ordinal) => _byOrdinal.GetValueOrDefault(ordinal);

    /// <summary>The session if it lives, its deadline moved on by this entry.</summary>
    public Session? Touch(Guid id, long timeMs)
    {
        if (!_byId.TryGetValue(id, out var session) || !session.IsLive) return null;
        session.LastSeenMs = timeMs;
        return session;
    }

    public RegisterAgentOutcome Register(Guid id, RegisterAgent command, short clusterLevel, long timeMs)
    {
        if (_byId.TryGetValue(id, out var session) && !session.IsLive) return RegisterAgentOutcome.Refused(RegisterAgentStatus.SessionEnded);
        if (command.MaxFeatureLevel < clusterLevel) return RegisterAgentOutcome.Refused(RegisterAgentStatus.LevelTooNew);
        if (session is null) Add(session = new Session(id, NextOrdinal, NodeIdAt(command.Host, command.Port)) { Host = command.Host, Port = command.Port });
        if (ClusterId == Guid.Empty) ClusterId = id;
        session.Zone = command.Zone;
        session.IsListed = command.Listed;
        session.Software = command.Software;
        session.MaxFeatureLevel = command.MaxFeatureLevel;
        session.TimeoutMs = Math.Max(MinTimeoutMs, command.SessionTimeoutMs);
        session.LastSeenMs = timeMs;
        _nextCheckMs = Math.Min(_nextCheckMs, session.DeadlineMs);
        IsDirty = true;
        return new(RegisterAgentStatus.Registered, session.Ordinal, session.NodeId);
    }

    public void End(Session session, long timeMs)
    {
        session.IsLive = false;
        session.LastSeenMs = timeMs;
        _nextCheckMs = Math.Min(_nextCheckMs, timeMs + RememberMs);
        IsDirty = true;
    }

    /// <summary>A segment of the session is gone from the store.</summary>
    public void SegmentForgotten(int ordinal)
    {
        if (Find(ordinal) is not { } session) return;
        if (--session.Segments == 0 && !session.IsLive) _nextCheckMs = Math.Min(_nextCheckMs, session.LastSeenMs + RememberMs);
    }

    /// <summary>Ends the sessions that are overdue, and forgets those that ended long ago and left nothing.</summary>
    /// <param name="ended">Called for each, in order of their ordinals.</param>
    public void Expire(long timeMs, Action<Session> ended)
    {
        if (timeMs <= _nextCheckMs) return;
        List<Session>? forgotten = null;
        foreach (var session in _byOrdinal.Values)
        {
            if (session.IsLive && session.DeadlineMs < timeMs)
            {
                End(session, timeMs);
                ended(session);
            }
            else if (!session.IsLive && session.Segments == 0 && session.LastSeenMs + RememberMs < timeMs)
            {
                (forgotten ??= []).Add(session);
            }
        }

        foreach (var session in forgotten ?? [])
        {
            _byId.Remove(session.Id);
            _byOrdinal.Remove(session.Ordinal);
            IsDirty = true;
        }

        SetNextCheck();
    }

    public AgentDirectory ToDirectory()
    {
        IsDirty = false;
        return new AgentDirectory(
            [.. _byOrdinal.Values.Where(session => session.IsLive).Select(session => session.ToInfo())],
            _byOrdinal.ToDictionary(pair => pair.Key, pair => pair.Value.Id));
    }

    public ulong Hash()
    {
        var hash = StateHasher.Mix((ulong)NextOrdinal, ClusterId);
        foreach (var session in _byOrdinal.Values) hash += session.Hash();
        return hash;
    }

    public void Restore(Guid clusterId, int nextOrdinal, IEnumerable<Session> sessions)
    {
        ClusterId = clusterId;
        foreach (var session in sessions) Add(session);
        NextOrdinal = nextOrdinal;
        _nextCheckMs = long.MinValue;
        IsDirty = true;
    }

    /// <summary>
    /// Clients take a broker for the same one by its node id and hold on to it; one that leaves for good makes some of them hang. So the
    /// id belongs to the address, as long as any session there is remembered.
    /// </summary>
    private int NodeIdAt(string host, int port)
    {
        foreach (var session in _byOrdinal.Values)
            if (session.Host == host && session.Port == port)
                return session.NodeId;
        return NextOrdinal;
    }

    private void Add(Session session)
    {
        _byId.Add(session.Id, session);
        _byOrdinal.Add(session.Ordinal, session);
        NextOrdinal = session.Ordinal + 1;
    }

    private void SetNextCheck()
    {
        _nextCheckMs = long.MaxValue;
        foreach (var session in _byOrdinal.Values)
        {
            if (session.IsLive) _nextCheckMs = Math.Min(_nextCheckMs, session.DeadlineMs);
            else if (session.Segments == 0) _nextCheckMs = Math.Min(_nextCheckMs, session.LastSeenMs + RememberMs);
        }
    }
}
