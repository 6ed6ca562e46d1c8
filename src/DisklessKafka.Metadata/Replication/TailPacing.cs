namespace DisklessKafka.Metadata.Replication;

/// <summary>How long to wait before the log's tail is read again, after a read that found nothing.</summary>
internal static class TailPacing
{
    /// <summary>Nobody waits: with the reads that follow own keep-alives, under four reads a second.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(300);

    /// <summary>The slowest while an entry is awaited that is there already.</summary>
    public static readonly TimeSpan SlowestAwaited = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan Fastest = TimeSpan.FromMilliseconds(1);

    /// <param name="emptyReads">In a row, this one included.</param>
    /// <param name="isAwaited">Somebody waits for an entry that is known to be in the log, but cannot be read yet.</param>
    /// <param name="isWatched">Somebody waits for entries of others, and there are others.</param>
    /// <param name="quiet">Time since the last entry.</param>
    /// <param name="slowestWatched">The slowest while somebody waits for what other agents may write; the fastest is the tenth of it.</param>
    public static TimeSpan Next(int emptyReads, bool isAwaited, bool isWatched, TimeSpan quiet, TimeSpan slowestWatched)
    {
        if (isAwaited) return Min(SlowestAwaited, Fastest * (1 << Math.Min(emptyReads - 1, 8)));
        if (!isWatched) return Idle;
        // Entries that come often are looked for often: a quarter of the time that it has been quiet.
        return Max(slowestWatched / 10, Min(slowestWatched, quiet / 4));
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
