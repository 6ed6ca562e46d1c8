using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// The metadata log in the object store itself: entries are objects with consecutive numbers, made with put-if-absent.
/// Whoever loses the race for a number reads the winner and tries the next. One append of a process is under way at a
/// time, others wait their turn; the clock is the appending agent's. A retry of an append in doubt must come through the
/// same instance: it remembers at which number the first try may still arrive. The store is borrowed, not disposed.
/// </summary>
public sealed class BucketMetadataLog : IMetadataLog
{
    private readonly TimeProvider _time;
    private readonly BucketLogOptions _options;
    private readonly BucketObjects _entries;
    private readonly BucketTrim _trim;
    private readonly BucketEnd _end;
    private readonly BucketAppends _appends = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private int _readAhead = 1;
    private LogCursor _checkedCursor;
    private long _checkedAt;

    public BucketMetadataLog(IObjectStore objects, TimeProvider time, BucketLogOptions? options = null)
    {
        _time = time;
        _options = options ?? new BucketLogOptions();
        _entries = new BucketObjects(objects);
        _trim = new BucketTrim(objects, time, _options.TrimGrace);
        _end = new BucketEnd(_entries, _trim, time, _options.CursorCheckInterval);
    }

    /// <summary>Looks at the log once, so that a store that cannot be read or holds a newer format is known at start.</summary>
    /// <exception cref="MetadataLogException">One line that says what is wrong.</exception>
    public static async ValueTask<BucketMetadataLog> OpenAsync(
        IObjectStore objects, TimeProvider time, BucketLogOptions? options, CancellationToken cancellation)
    {
        var log = new BucketMetadataLog(objects, time, options);
        await log.EndAsync(cancellation);
        return log;
    }

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        await _turn.WaitAsync(CancellationToken.None); // with a token it would leave the scheduler; whoever has the turn has a deadline
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await AppendInTurnAsync(new NewEntry(session, sequence, payload), cancellation);
        }
        catch (ObjectStoreException problem)
        {
            var message = $"the metadata log's bucket: {problem.Message}";
            throw _appends.FirstDoubt(session, sequence) is null
                ? new MetadataLogException(message, problem.IsTransient, problem)
                : new AppendInDoubtException($"the outcome of the append is unknown: {message}", problem);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        try
        {
            var found = await CollectAsync(after, maxBytes, cancellation);
            if (found.Count == 0) await CheckCursorAsync(after, cancellation);
            // Last, so that it also speaks for what was just read.
            var trimmed = await _trim.CurrentAsync(cancellation);
            if (after.Minor < trimmed) throw LogErrors.Trimmed(after, new LogCursor(0, 0, trimmed, 0));
            if (found.Count > 0) NoteChecked(found[^1].Cursor);
            return found;
        }
        catch (ObjectStoreException problem)
        {
            throw Translate(problem);
        }
    }

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
    {
        try
        {
            return await _end.FindAsync(cancellation);
        }
        catch (ObjectStoreException problem)
        {
            throw Translate(problem);
        }
    }

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        if (through == LogCursor.Start) return;
        var last = await EndAsync(cancellation);
        if (through > last) throw new MetadataLogException($"cannot trim through {through}: the log ends at {last}", isTransient: false);
        try
        {
            await _trim.RunAsync(through.Minor, cancellation);
        }
        catch (ObjectStoreException problem)
        {
            throw Translate(problem);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _trim.DisposeAsync();
        _turn.Dispose();
    }

    private async ValueTask AppendInTurnAsync(NewEntry entry, CancellationToken cancellation)
    {
        if (_appends.IsRepeated(entry.Session, entry.Sequence, entry.Hash)) return;
        var at = _appends.FirstDoubt(entry.Session, entry.Sequence) is { } first
            ? await PassTriesAsync(entry, first, cancellation)
            : await _end.GuessAsync(cancellation);
        for (var losses = 0; at is { } last; losses++)
        {
            at = await TryAppendAsync(entry, last, cancellation);
            if (at is not null && losses > 1) at = await _end.FindAsync(cancellation); // far behind: do not try number after number
        }
    }

    /// <summary>
    /// An earlier try may have landed, or may still land, at any number from the first doubtful one on. Each of those that
    /// is taken is looked at; at the first free one the append goes on, where only one of the two tries can win.
    /// </summary>
    /// <returns>The entry before the first free number; null if the append was found.</returns>
    private async ValueTask<LogCursor?> PassTriesAsync(NewEntry entry, long first, CancellationToken cancellation)
    {
        if (first <= await _trim.CurrentAsync(cancellation))
            throw new LogTrimmedException($"append {entry.Sequence} of session {entry.Session:N} stayed in doubt until the log was trimmed past it: begin a new session");
        var last = first == 1 ? LogCursor.Start
            : await _entries.FindHeadAsync(first - 1, cancellation) is { } before ? new LogCursor(0, 0, first - 1, before.Hash)
            : throw LogErrors.Rewound(new LogCursor(0, 0, first - 1, 0));
        while (await _entries.FindHeadAsync(last.Minor + 1, cancellation) is { } found)
        {
            last = new LogCursor(0, 0, last.Minor + 1, found.Hash);
            if (IsOurs(entry, found)) return Settle(entry, last);
            _appends.Pass(entry.Session, entry.Sequence, last.Minor); // the next retry need not look here again
        }
        return last;
    }

    /// <returns>Null when the entry is in the log, else the entry that took the number.</returns>
    private async ValueTask<LogCursor?> TryAppendAsync(NewEntry entry, LogCursor last, CancellationToken cancellation)
    {
        var number = last.Minor + 1;
        var made = BucketEntry.After(last.Hash, entry.Session, entry.Sequence, _time.GetUtcNow().ToUnixTimeMilliseconds(), entry.Payload.Span);
        _appends.Doubt(entry.Session, entry.Sequence, number); // until an answer is here: the call may throw, or be cancelled
        var created = await _entries.TryCreateAsync(number, made, entry.Payload, cancellation);
        if (await _trim.CurrentAsync(cancellation) >= number)
        {
            // We slept for so long that this number was trimmed, either with our entry or with another one before ours came.
            throw new LogTrimmedException($"append {entry.Sequence} of session {entry.Session:N} took until the log was trimmed past it: begin a new session");
        }
        if (created) return Settle(entry, new LogCursor(0, 0, number, made.Hash));

        // The winner may be our own: the store itself may have repeated a request whose answer it lost.
        var winner = await _entries.FindHeadAsync(number, cancellation) ?? throw LogErrors.Rewound(new LogCursor(0, 0, number, 0));
        var taken = new LogCursor(0, 0, number, winner.Hash);
        if (IsOurs(entry, winner)) return Settle(entry, taken);
        _appends.Forget(entry.Session, entry.Sequence, through: number);
        _end.Saw(taken);
        return taken;
    }

    private LogCursor? Settle(NewEntry entry, LogCursor at)
    {
        _appends.Succeed(entry.Session, entry.Sequence, entry.Hash);
        _end.Saw(at);
        return null;
    }

    private static bool IsOurs(NewEntry entry, BucketEntry found)
    {
        if (found.Session != entry.Session || found.Sequence != entry.Sequence) return false;
        return EntryHash.Of(entry.Session, entry.Sequence, entry.Payload.Span, found.PreviousHash) == found.Hash
            ? true : throw LogErrors.OtherPayload(entry.Session, entry.Sequence);
    }

    /// <summary>Reads side by side as many as are known to be there, else one, and twice as many each time that all were.</summary>
    private async ValueTask<List<LogEntry>> CollectAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        var found = new List<LogEntry>();
        long bytes = 0;
        do
        {
            var last = found.Count == 0 ? after : found[^1].Cursor;
            var known = _end.Known.Minor - last.Minor;
            var window = (int)Math.Clamp(known, Volatile.Read(ref _readAhead), _options.ReadAhead);
            var reads = new Task<(BucketEntry Entry, LogEntry Read)?>[window];
            for (var i = 0; i < window; i++) reads[i] = _entries.FindAsync(last.Minor + 1 + i, cancellation).AsTask();
            var arrived = await Task.WhenAll(reads);
            Volatile.Write(ref _readAhead, arrived[^1] is null || window <= known ? 1 : Math.Min(_options.ReadAhead, window * 2));
            foreach (var read in arrived)
            {
                if (read is not var (entry, next)) return found;
                if (entry.PreviousHash != last.Hash) throw LogErrors.Rewound(last);
                bytes += next.Payload.Length;
                if (found.Count > 0 && bytes > maxBytes) return found;
                found.Add(next);
                last = next.Cursor;
                _end.Saw(last);
            }
        }
        while (bytes < maxBytes && found[^1].Cursor < _end.Known);
        return found;
    }

    private async ValueTask CheckCursorAsync(LogCursor after, CancellationToken cancellation)
    {
        if (after == LogCursor.Start) return;
        lock (_gate)
        {
            if (_checkedCursor == after && _time.GetElapsedTime(_checkedAt) < _options.CursorCheckInterval) return;
        }
        if (await _entries.FindHeadAsync(after.Minor, cancellation) is not { } found)
            throw after.Minor < await _trim.LookUpAsync(cancellation)
                ? LogErrors.Trimmed(after, new LogCursor(0, 0, _trim.Point, 0)) : LogErrors.Rewound(after);
        if (found.Hash != after.Hash) throw LogErrors.Rewound(after);
        NoteChecked(after);
    }

    private void NoteChecked(LogCursor cursor)
    {
        _end.Saw(cursor);
        lock (_gate) (_checkedCursor, _checkedAt) = (cursor, _time.GetTimestamp());
    }

    private static MetadataLogException Translate(ObjectStoreException problem) =>
        new($"the metadata log's bucket: {problem.Message}", problem.IsTransient, problem);

    private readonly record struct NewEntry(Guid Session, long Sequence, ReadOnlyMemory<byte> Payload)
    {
        public uint Hash { get; } = EntryHash.Of(Session, Sequence, Payload.Span);
    }
}
