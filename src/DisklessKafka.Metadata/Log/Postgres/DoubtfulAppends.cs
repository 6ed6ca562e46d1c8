namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Which table each unsettled append went to. A retry must meet its first try under the same unique key, so it goes to
/// that table also when newer ones exist. Bounded by the appends under way and in doubt: one for each session that an
/// agent uses, since it waits for one append to be settled before it makes the next. Of settled appends it keeps each
/// session's highest sequence, so that repeating one that is known to be there is noticed too.
/// </summary>
internal sealed class DoubtfulAppends
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid Session, long Sequence), long> _generations = [];
    private readonly Dictionary<Guid, long> _highestSettled = [];

    public long? Find(Guid session, long sequence)
    {
        lock (_gate) return _generations.TryGetValue((session, sequence), out var generation) ? generation : null;
    }

    public bool Contains(Guid session, long sequence) => Find(session, sequence) is not null;

    /// <returns>True if no earlier try of this append is unsettled.</returns>
    public bool Begin(Guid session, long sequence, long generation)
    {
        lock (_gate)
        {
            var isNew = !_generations.ContainsKey((session, sequence));
            _generations[(session, sequence)] = generation;
            return isNew;
        }
    }

    /// <summary>The append is in the log.</summary>
    public void Succeed(Guid session, long sequence)
    {
        lock (_gate)
        {
            _generations.Remove((session, sequence));
            _highestSettled[session] = Math.Max(sequence, _highestSettled.GetValueOrDefault(session, long.MinValue));
        }
    }

    /// <summary>The append is known not to be in the log.</summary>
    public void Forget(Guid session, long sequence)
    {
        lock (_gate) _generations.Remove((session, sequence));
    }

    /// <summary>Whether this or a later append of the session was settled: this one may be in any table.</summary>
    public bool MayRepeat(Guid session, long sequence)
    {
        lock (_gate) return _highestSettled.TryGetValue(session, out var highest) && sequence <= highest;
    }
}
