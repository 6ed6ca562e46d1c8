namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>
/// Which table each unsettled append went to. A retry must meet its first try under the same unique key, so it goes to
/// that table also when newer ones exist. Bounded by the appends under way and in doubt: one for each session that an
/// agent uses, since it waits for one append to be settled before it makes the next.
/// </summary>
internal sealed class DoubtfulAppends
{
    private readonly Lock gate = new();
    private readonly Dictionary<(Guid Session, long Sequence), long> generations = [];

    public long? Find(Guid session, long sequence)
    {
        lock (gate) return generations.TryGetValue((session, sequence), out var generation) ? generation : null;
    }

    public bool Contains(Guid session, long sequence) => Find(session, sequence) is not null;

    /// <returns>True if no earlier try of this append is unsettled.</returns>
    public bool Begin(Guid session, long sequence, long generation)
    {
        lock (gate)
        {
            var isNew = !generations.ContainsKey((session, sequence));
            generations[(session, sequence)] = generation;
            return isNew;
        }
    }

    /// <returns>True, always: the append is there, or is known not to be.</returns>
    public bool Settle(Guid session, long sequence)
    {
        lock (gate) generations.Remove((session, sequence));
        return true;
    }
}
