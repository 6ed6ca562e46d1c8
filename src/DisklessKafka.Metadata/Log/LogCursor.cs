namespace DisklessKafka.Metadata.Log;

/// <summary>
/// Where an entry stands in the log's one order. Only the log that made it gives the three numbers a meaning
/// (Postgres: log epoch, transaction id, row id; bucket: 0, 0, object number), but they always order like this.
/// </summary>
/// <param name="Hash">Of the entry's session, sequence and payload: tells whether the log still holds that entry. Takes no part in the order.</param>
public readonly record struct LogCursor(long Epoch, long Major, long Minor, uint Hash) : IComparable<LogCursor>
{
    /// <summary>Before the first entry.</summary>
    public static readonly LogCursor Start;

    public int CompareTo(LogCursor other)
    {
        var order = Epoch.CompareTo(other.Epoch);
        if (order == 0) order = Major.CompareTo(other.Major);
        return order != 0 ? order : Minor.CompareTo(other.Minor);
    }

    public static bool operator <(LogCursor left, LogCursor right) => left.CompareTo(right) < 0;
    public static bool operator >(LogCursor left, LogCursor right) => left.CompareTo(right) > 0;
    public static bool operator <=(LogCursor left, LogCursor right) => left.CompareTo(right) <= 0;
    public static bool operator >=(LogCursor left, LogCursor right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Epoch}.{Major}.{Minor}";
}
