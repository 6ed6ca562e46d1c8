namespace DisklessKafka.Metadata.Log.Memory;

/// <summary>
/// The log inside one process, for tests, simulation and the <c>memory:</c> option. Any number of agents of the process
/// share one instance; disposing it does nothing, so each may dispose what it was given. Holds every entry until it is trimmed.
/// </summary>
/// <param name="time">The log's own clock, and what injected delays wait on.</param>
/// <param name="faults">What happens to each call; null: nothing does.</param>
public sealed class MemoryMetadataLog(TimeProvider time, ILogFaults? faults = null) : IMetadataLog
{
    private readonly Lock _gate = new();
    private readonly List<LogEntry> _entries = []; // ascending; entries[i] has the number trimmed.Minor + 1 + i
    private readonly Dictionary<(Guid Session, long Sequence), uint> _appended = [];
    private readonly Queue<(long Number, long UntilTimestamp)> _hidden = new();
    private LogCursor _trimmed = LogCursor.Start;

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Append, cancellation);
        if (fault.Outcome == LogOutcome.RequestLost)
        {
            await DelayAsync(fault.After, cancellation);
            throw new AppendInDoubtException("injected: the append got lost on its way, its outcome is unknown");
        }
        Add(session, sequence, payload, fault.Hidden);
        await DelayAsync(fault.After, cancellation);
        if (fault.Outcome == LogOutcome.AnswerLost)
            throw new AppendInDoubtException("injected: the answer to the append got lost, its outcome is unknown");
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Read, cancellation);
        var found = Take(after, maxBytes);
        await EndCallAsync(fault, cancellation);
        return found;
    }

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.End, cancellation);
        LogCursor end;
        lock (_gate) end = End;
        await EndCallAsync(fault, cancellation);
        return end;
    }

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Trim, cancellation);
        lock (_gate)
        {
            if (through > End) throw new MetadataLogException($"cannot trim through {through}: the log ends at {End}", isTransient: false);
            var count = _entries.FindLastIndex(entry => entry.Cursor <= through) + 1;
            if (count > 0)
            {
                _trimmed = _entries[count - 1].Cursor;
                foreach (var entry in _entries.Take(count)) _appended.Remove((entry.Session, entry.Sequence));
                _entries.RemoveRange(0, count);
            }
        }
        await EndCallAsync(fault, cancellation);
    }

    /// <summary>Loses the newest entries, as a fail-over to a replica that had not received them does.</summary>
    /// <param name="count">How many, at most those that are not trimmed.</param>
    /// <returns>What is lost.</returns>
    public IReadOnlyList<LogEntry> Rewind(int count)
    {
        lock (_gate)
        {
            LogEntry[] lost = [.. _entries.TakeLast(count)];
            foreach (var entry in lost) _appended.Remove((entry.Session, entry.Sequence));
            _entries.RemoveRange(_entries.Count - lost.Length, lost.Length);
            return lost;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private LogCursor End => _entries.Count == 0 ? _trimmed : _entries[^1].Cursor;

    private void Add(Guid session, long sequence, ReadOnlyMemory<byte> payload, TimeSpan hiddenFor)
    {
        var copy = payload.ToArray();
        var hash = EntryHash.Of(session, sequence, copy);
        lock (_gate)
        {
            if (_appended.TryGetValue((session, sequence), out var earlier))
            {
                if (earlier != hash) throw LogErrors.OtherPayload(session, sequence);
                return;
            }
            var number = End.Minor + 1;
            _appended.Add((session, sequence), hash);
            _entries.Add(new LogEntry(new LogCursor(0, 0, number, hash), time.GetUtcNow().ToUnixTimeMilliseconds(), session, sequence, copy));
            if (hiddenFor > TimeSpan.Zero)
                _hidden.Enqueue((number, time.GetTimestamp() + (long)(hiddenFor.TotalSeconds * time.TimestampFrequency)));
        }
    }

    private List<LogEntry> Take(LogCursor after, int maxBytes)
    {
        lock (_gate)
        {
            CheckStillThere(after);
            var now = time.GetTimestamp();
            while (_hidden.TryPeek(out var oldest) && oldest.UntilTimestamp <= now) _hidden.Dequeue();
            var readable = _hidden.TryPeek(out var next) ? next.Number - 1 : long.MaxValue;

            var found = new List<LogEntry>();
            long bytes = 0;
            for (var i = (int)(after.Minor - _trimmed.Minor); i < _entries.Count && _entries[i].Cursor.Minor <= readable; i++)
            {
                bytes += _entries[i].Payload.Length;
                if (found.Count > 0 && bytes > maxBytes) break;
                found.Add(_entries[i]);
            }
            return found;
        }
    }

    private void CheckStillThere(LogCursor after)
    {
        if (after < _trimmed) throw LogErrors.Trimmed(after, _trimmed);
        if (after > End) throw LogErrors.Rewound(after);
        if (after == LogCursor.Start) return;
        var there = after.Minor == _trimmed.Minor ? _trimmed : _entries[(int)(after.Minor - _trimmed.Minor - 1)].Cursor;
        if (there != after) throw LogErrors.Rewound(after);
    }

    private async ValueTask<LogFault> BeginAsync(LogCall call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (faults is null) return default;
        LogFault fault;
        lock (faults) fault = faults.Next(call);
        await DelayAsync(fault.Before, cancellation);
        return fault.Outcome != LogOutcome.Failure ? fault
            : throw new MetadataLogException($"injected: the log did not take the {call} call", isTransient: true);
    }

    private async ValueTask EndCallAsync(LogFault fault, CancellationToken cancellation)
    {
        await DelayAsync(fault.After, cancellation);
        if (fault.Outcome != LogOutcome.Success)
            throw new MetadataLogException("injected: the answer got lost", isTransient: true);
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken cancellation) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellation) : Task.CompletedTask;
}
