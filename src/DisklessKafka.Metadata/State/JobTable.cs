namespace DisklessKafka.Metadata.State;

/// <summary>Which session does which job that only one may do at a time. A claim ends with its session.</summary>
internal sealed class JobTable
{
    private readonly SortedDictionary<string, int> _holders = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Holders => _holders;

    public ClaimJobOutcome Claim(string job, Session session)
    {
        if (_holders.TryGetValue(job, out var holder) && holder != session.Ordinal) return new(ClaimJobStatus.HeldByAnother, holder);
        _holders[job] = session.Ordinal;
        return new(ClaimJobStatus.Claimed, session.Ordinal);
    }

    /// <summary>Nothing happens if the job is another's by now.</summary>
    public void Release(string job, Session session)
    {
        if (_holders.TryGetValue(job, out var holder) && holder == session.Ordinal) _holders.Remove(job);
    }

    public void ReleaseAll(Session session)
    {
        foreach (var job in _holders.Where(pair => pair.Value == session.Ordinal).Select(pair => pair.Key).ToArray()) _holders.Remove(job);
    }

    public ulong Hash()
    {
        ulong hash = 0;
        foreach (var (job, holder) in _holders) hash += StateHasher.Mix(StateHasher.Of((ulong)holder), job);
        return hash;
    }

    public void Restore(string job, int holder) => _holders[job] = holder;
}
