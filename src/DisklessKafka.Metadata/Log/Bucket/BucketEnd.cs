namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// Finds the log's newest entry. Numbers past the trim point have no gaps, so from any entry known to be there the end is
/// found by doubling steps and then halving them: one probe where nothing is new, some thirty where a hundred thousand are.
/// </summary>
internal sealed class BucketEnd(BucketObjects entries, BucketTrim trim, TimeProvider time, TimeSpan checkInterval)
{
    private readonly Lock _gate = new();
    private LogCursor _known;
    private long _knownAt;
    private bool _isFound;

    /// <summary>The newest entry that was seen here; there may be newer ones.</summary>
    public LogCursor Known
    {
        get
        {
            lock (_gate) return _known;
        }
    }

    /// <summary>An entry that is there.</summary>
    public void Saw(LogCursor cursor)
    {
        lock (_gate)
            if (cursor >= _known) (_known, _knownAt) = (cursor, time.GetTimestamp());
    }

    /// <summary>
    /// Likely the end, and at least no entry before the trim point: good enough for a first try to append. It was there a
    /// moment ago, else it is looked at: behind entries that a fail-over lost, an append would leave a hole that no log goes over.
    /// </summary>
    public async ValueTask<LogCursor> GuessAsync(CancellationToken cancellation)
    {
        var trimmed = await trim.CurrentAsync(cancellation);
        LogCursor last;
        lock (_gate)
        {
            last = _isFound && _known.Minor >= trimmed ? _known : LogCursor.Start;
            if (last != LogCursor.Start && time.GetElapsedTime(_knownAt) < checkInterval) return last;
        }
        if (last == LogCursor.Start) return await FindAsync(cancellation);
        if (await AtAsync(last.Minor, cancellation) != last) throw LogErrors.Rewound(last);
        Saw(last);
        return last;
    }

    public async ValueTask<LogCursor> FindAsync(CancellationToken cancellation)
    {
        var trimmed = await trim.CurrentAsync(cancellation);
        while (true)
        {
            var from = Known;
            if (from.Minor < trimmed) from = await AtAsync(trimmed, cancellation) ?? throw LogErrors.Rewound(new LogCursor(0, 0, trimmed, 0));
            var last = await SearchAsync(from, cancellation);

            // Behind a trim point that moved meanwhile there may be gaps, and a gap looks like an end.
            trimmed = await trim.CurrentAsync(cancellation);
            if (last.Minor < trimmed) continue;
            Saw(last);
            lock (_gate) _isFound = true;
            return last;
        }
    }

    private async ValueTask<LogCursor> SearchAsync(LogCursor from, CancellationToken cancellation)
    {
        var last = from;
        long step = 1;
        for (; await AtAsync(last.Minor + step, cancellation) is { } found; step *= 2) last = found;
        // last is there and last + step was not.
        for (var missing = last.Minor + step; missing - last.Minor > 1;)
        {
            var middle = last.Minor + (missing - last.Minor) / 2;
            if (await AtAsync(middle, cancellation) is { } found) last = found;
            else missing = middle;
        }
        return last;
    }

    private async ValueTask<LogCursor?> AtAsync(long number, CancellationToken cancellation) =>
        await entries.FindHeadAsync(number, cancellation) is { } head ? new LogCursor(0, 0, number, head.Hash) : null;
}
