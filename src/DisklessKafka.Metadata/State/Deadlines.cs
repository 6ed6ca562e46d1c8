namespace DisklessKafka.Metadata.State;

/// <summary>What a deadline is about. Things that fall due at the same time do so in the order of these numbers.</summary>
internal enum DeadlineKind : byte
{
    /// <summary>An open transaction's time-out, or an unused transactional id's end; the key is the id.</summary>
    Transaction = 1,

    /// <summary>A group's members or its offsets; the key is its id.</summary>
    Group = 2,
}

/// <param name="DueMs">Log time from which on it has passed.</param>
/// <param name="Key">Of the one thing of its kind that it is about.</param>
internal readonly record struct Deadline(long DueMs, DeadlineKind Kind, string Key) : IComparable<Deadline>
{
    public int CompareTo(Deadline other)
    {
        var order = DueMs.CompareTo(other.DueMs);
        if (order == 0) order = Kind.CompareTo(other.Kind);
        return order != 0 ? order : string.CompareOrdinal(Key, other.Key);
    }
}

/// <summary>
/// What is to happen when the log's clock has come to a certain time. The first entry at or after that time makes it
/// happen, before its own commands, whoever wrote it; <see cref="Replication.TickPacing"/> sees to it that one comes.
/// Derived: whoever sets a deadline keeps its time among its own, and sets it again when it is restored.
/// </summary>
internal sealed class Deadlines
{
    private readonly SortedSet<Deadline> _byTime = [];
    private readonly Dictionary<(DeadlineKind Kind, string Key), long> _byKey = [];

    /// <summary>When the next one is due; <see cref="long.MaxValue"/> if nothing is.</summary>
    public long NextMs => _byTime.Count == 0 ? long.MaxValue : _byTime.Min.DueMs;

    /// <summary>Takes the place of the one set before.</summary>
    public void Set(DeadlineKind kind, string key, long dueMs)
    {
        Clear(kind, key);
        _byKey.Add((kind, key), dueMs);
        _byTime.Add(new Deadline(dueMs, kind, key));
    }

    public void Clear(DeadlineKind kind, string key)
    {
        if (_byKey.Remove((kind, key), out var dueMs)) _byTime.Remove(new Deadline(dueMs, kind, key));
    }

    /// <summary>Takes out the next one that has passed.</summary>
    public bool TryTake(long timeMs, out Deadline deadline)
    {
        deadline = _byTime.Count == 0 ? default : _byTime.Min;
        if (_byTime.Count == 0 || deadline.DueMs > timeMs) return false;
        Clear(deadline.Kind, deadline.Key);
        return true;
    }
}
