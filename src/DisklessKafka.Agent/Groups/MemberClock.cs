namespace DisklessKafka.Agent.Groups;

/// <summary>When this agent last heard of a member, in the clock's own timestamps. Written by requests, read by the watch.</summary>
internal sealed class MemberClock(long heardAt)
{
    private long _heardAt = heardAt;
    private int _syncsWaiting;
    private int _isMoving;

    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <summary>The generation that it is known to have its assignment of, or to have been in when this agent took it over.</summary>
    public int SyncedGeneration { get; set; }

    /// <summary>The generation whose assignment it has yet to fetch, and since when the watch knows of it.</summary>
    public (int Generation, long Since) Unsynced { get; set; }

    /// <summary>The watch has asked for its removal.</summary>
    public bool IsExpiring { get; set; }

    /// <summary>It waits for an assignment here: it need not send heartbeats meanwhile.</summary>
    public bool IsSyncing => Volatile.Read(ref _syncsWaiting) > 0;

    public void Heard(long now) => Volatile.Write(ref _heardAt, now);

    public void BeginSync() => Interlocked.Increment(ref _syncsWaiting);

    /// <summary>It waited until now: its silence begins.</summary>
    public void EndSync(long now)
    {
        Heard(now); // first: whoever does not see it syncing any more sees this
        Interlocked.Decrement(ref _syncsWaiting);
    }

    /// <summary>True for the one who is to tell the cluster that the member speaks to this agent now.</summary>
    public bool TryBeginMove() => Interlocked.Exchange(ref _isMoving, 1) == 0;

    public void EndMove() => Volatile.Write(ref _isMoving, 0);
}
