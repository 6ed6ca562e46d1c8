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
    private readonly TimeProvider time;
    private readonly BucketLogOptions options;
    private readonly BucketObjects entries;
    private readonly BucketTrim trim;
    private readonly BucketEnd end;
    private readonly BucketAppends appends = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Lock gate = new();
    private int readAhead = 1;
    private LogCursor checkedCursor;
    private long checkedAt;

    public BucketMetadataLog(IObjectStore objects, TimeProvider time, BucketLogOptions? options = null)
    {
        this.time = time;
        this.options = options ?? new BucketLogOptions();
        entries = new BucketObjects(objects);
        trim = new BucketTrim(objects, time, this.options.TrimGrace);
        end = new BucketEnd(entries, trim, time, this.options.CursorCheckInterval);
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
        await turn.WaitAsync(CancellationToken.None); // with a token it would leave the scheduler; whoever has the turn has a deadline
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await AppendInTurnAsync(new NewEntry(session, sequence, payload), cancellation);
        }
        catch (ObjectStoreException problem)
        {
            var message = $"the metadata log's bucket: {problem.Message}";
            throw appends.FirstDoubt(session, sequence) is null
                ? new MetadataLogException(message, problem.IsTransient, problem)
                : new AppendInDoubtException($"the outcome of the append is unknown: {message}", problem);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        try
        {
            var found = await CollectAsync(after, maxBytes, cancellation);
            if (found.Count == 0) await CheckCursorAsync(after, cancellation);
            // Last, so that it also speaks for what was just read.
            var trimmed = await trim.CurrentAsync(cancellation);
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
            return await end.FindAsync(cancellation);
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
            await trim.RunAsync(through.Minor, cancellation);
        }
        catch (ObjectStoreException problem)
        {
            throw Translate(problem);
        }
    }

    public ValueTask DisposeAsync()
    {
        turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask AppendInTurnAsync(NewEntry entry, CancellationToken cancellation)
    {
        if (appends.IsRepeated(entry.Session, entry.Sequence, entry.Hash)) return;
        var at = appends.FirstDoubt(entry.Session, entry.Sequence) is { } first
            ? await PassTriesAsync(entry, first, cancellation)
            : await end.GuessAsync(cancellation);
        for (var losses = 0; at is { } last; losses++)
        {
            at = await TryAppendAsync(entry, last, cancellation);
            if (at is not null && losses > 1) at = await end.FindAsync(cancellation); // far behind: do not try number after number
        }
    }

    /// <summary>
    /// An earlier try may have landed, or may still land, at any number from the first doubtful one on. Each of those that
    /// is taken is looked at; at the first free one the append goes on, where only one of the two tries can win.
    /// </summary>
    /// <returns>The entry before the first free number; null if the append was found.</returns>
    private async ValueTask<LogCursor?> PassTriesAsync(NewEntry entry, long first, CancellationToken cancellation)
    {
        if (first <= await trim.CurrentAsync(cancellation))
            throw new LogTrimmedException($"append {entry.Sequence} of session {entry.Session:N} stayed in doubt until the log was trimmed past it: begin a new session");
        var last = first == 1 ? LogCursor.Start
            : await entries.FindHeadAsync(first - 1, cancellation) is { } before ? new LogCursor(0, 0, first - 1, before.Hash)
            : throw LogErrors.Rewound(new LogCursor(0, 0, first - 1, 0));
        while (await entries.FindHeadAsync(last.Minor + 1, cancellation) is { } found)
        {
            last = new LogCursor(0, 0, last.Minor + 1, found.Hash);
            if (IsOurs(entry, found)) return Settle(entry, last);
            appends.Pass(entry.Session, entry.Sequence, last.Minor); // the next retry need not look here again
        }
        return last;
    }

    /// <returns>Null when the entry is in the log, else the entry that took the number.</returns>
    private async ValueTask<LogCursor?> TryAppendAsync(NewEntry entry, LogCursor last, CancellationToken cancellation)
    {
        var number = last.Minor + 1;
        var made = BucketEntry.After(last.Hash, entry.Session, entry.Sequence, time.GetUtcNow().ToUnixTimeMilliseconds(), entry.Payload.Span);
        appends.Doubt(entry.Session, entry.Sequence, number); // until an answer is here: the call may throw, or be cancelled
        var created = await entries.TryCreateAsync(number, made, entry.Payload, cancellation);
        if (await trim.CurrentAsync(cancellation) >= number)
        {
            // We slept for so long that this number was trimmed, either with our entry or with another one before ours came.
            throw new LogTrimmedException($"append {entry.Sequence} of session {entry.Session:N} took until the log was trimmed past it: begin a new session");
        }
        if (created) return Settle(entry, new LogCursor(0, 0, number, made.Hash));

        // The winner may be our own: the store itself may have repeated a request whose answer it lost.
        var winner = await entries.FindHeadAsync(number, cancellation) ?? throw LogErrors.Rewound(new LogCursor(0, 0, number, 0));
        var taken = new LogCursor(0, 0, number, winner.Hash);
        if (IsOurs(entry, winner)) return Settle(entry, taken);
        appends.Forget(entry.Session, entry.Sequence, through: number);
        end.Saw(taken);
        return taken;
    }

    private LogCursor? Settle(NewEntry entry, LogCursor at)
    {
        appends.Succeed(entry.Session, entry.Sequence, entry.Hash);
        end.Saw(at);
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
            var known = end.Known.Minor - last.Minor;
            var window = (int)Math.Clamp(known, Volatile.Read(ref readAhead), options.ReadAhead);
            var reads = new Task<(BucketEntry Entry, LogEntry Read)?>[window];
            for (var i = 0; i < window; i++) reads[i] = entries.FindAsync(last.Minor + 1 + i, cancellation).AsTask();
            var arrived = await Task.WhenAll(reads);
            Volatile.Write(ref readAhead, arrived[^1] is null || window <= known ? 1 : Math.Min(options.ReadAhead, window * 2));
            foreach (var read in arrived)
            {
                if (read is not var (entry, next)) return found;
                if (entry.PreviousHash != last.Hash) throw LogErrors.Rewound(last);
                bytes += next.Payload.Length;
                if (found.Count > 0 && bytes > maxBytes) return found;
                found.Add(next);
                last = next.Cursor;
                end.Saw(last);
            }
        }
        while (bytes < maxBytes && found[^1].Cursor < end.Known);
        return found;
    }

    private async ValueTask CheckCursorAsync(LogCursor after, CancellationToken cancellation)
    {
        if (after == LogCursor.Start) return;
        lock (gate)
        {
            if (checkedCursor == after && time.GetElapsedTime(checkedAt) < options.CursorCheckInterval) return;
        }
        if (await entries.FindHeadAsync(after.Minor, cancellation) is not { } found)
            throw after.Minor < await trim.LookUpAsync(cancellation)
                ? LogErrors.Trimmed(after, new LogCursor(0, 0, trim.Point, 0)) : LogErrors.Rewound(after);
        if (found.Hash != after.Hash) throw LogErrors.Rewound(after);
        NoteChecked(after);
    }

    private void NoteChecked(LogCursor cursor)
    {
        end.Saw(cursor);
        lock (gate) (checkedCursor, checkedAt) = (cursor, time.GetTimestamp());
    }

    private static MetadataLogException Translate(ObjectStoreException problem) =>
        new($"the metadata log's bucket: {problem.Message}", problem.IsTransient, problem);

    private readonly record struct NewEntry(Guid Session, long Sequence, ReadOnlyMemory<byte> Payload)
    {
        public uint Hash { get; } = EntryHash.Of(Session, Sequence, Payload.Span);
    }
}
